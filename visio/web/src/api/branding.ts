import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Branding, useRefreshConfig } from "./config";
import { request } from "./request";

/** What the service is to be called and look like; "" is what it is without any choice. */
export interface Look {
  name: string;
  accent: string;
  accent_dark: string;
  links: Branding["links"];
  footer_fr: string;
  footer_en: string;
  /** In base64. */
  logo: string;
}

export interface Seen {
  /** As a data: URL, made safe. */
  logo: string;
  /** Colours by their names in tokens.css. */
  light: Record<string, string>;
  dark: Record<string, string>;
  faults: { theme: "light" | "dark"; contrast: number }[];
}

/** What is in force; `id` is null where nobody has chosen anything. */
export function useLook() {
  return useQuery({
    queryKey: ["look"],
    queryFn: () => request<Look & { id: string | null }>("GET", "/branding"),
    // A form is not filled in anew under somebody's hands.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What colours and a logo would look like. */
export function useLookAt({ accent, accent_dark, logo }: Pick<Look, "accent" | "accent_dark" | "logo">) {
  const draft = { name: "-", accent, accent_dark, logo };
  return useQuery({
    queryKey: ["look", "seen", draft],
    queryFn: () => request<Seen>("POST", "/branding/preview", { body: draft }),
    placeholderData: (before) => before,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useSaveLook() {
  return useLookChange((draft: Look) => request("PUT", "/branding", { body: draft }));
}

export function useUndoLook() {
  return useLookChange((_: void) => request("DELETE", "/branding"));
}

function useLookChange<Input>(change: (input: Input) => Promise<void>) {
  const client = useQueryClient();
  const refresh = useRefreshConfig();
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["look"], exact: true });
      await refresh();
    },
  });
}
