import { useMutation } from "@tanstack/react-query";
import { type Policy, useConfig, useRefreshConfig } from "./config";
import { request } from "./request";

/** What the instance allows; everything until the server has said otherwise. */
export function usePolicy(): Policy {
  return useConfig()?.policy ?? { access: ["restricted", "trusted", "public"], creators: "everybody", max_participants: 0 };
}

export function useSavePolicy() {
  const refresh = useRefreshConfig();
  return useMutation({
    mutationFn: (policy: Policy) => request("PUT", "/policy", { body: policy }),
    onSuccess: refresh,
  });
}
