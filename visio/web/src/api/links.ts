import { useMutation, useQuery } from "@tanstack/react-query";
import { request } from "./request";

/** What a mailed link is for. */
export interface PasswordLink {
  purpose: "invitation" | "reset";
  email: string;
  name: string;
}

/** The token travels in bodies only: addresses end up in logs and histories. */
export function usePasswordLink(token: string) {
  return useQuery({
    queryKey: ["password-link", token],
    queryFn: () => request<PasswordLink>("POST", "/password-links/show", { body: { token } }),
    staleTime: Infinity,
  });
}

export function useChoosePassword() {
  return useMutation({
    mutationFn: (choice: { token: string; password: string }) =>
      request("POST", "/password-links/use", { body: choice }),
  });
}

export function useAskForLink() {
  return useMutation({
    mutationFn: (asked: { email: string; language: string }) =>
      request<object>("POST", "/password-links", { body: asked }),
  });
}
