import { useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "./request";
import type { Access } from "./rooms";

/** What the service is called and looks like, as administrators chose it. */
export interface Branding {
  /** Null where nobody has chosen anything. */
  id: string | null;
  name: string;
  /** The address of a picture; null for ours. */
  logo: string | null;
  links: { url: string; fr: string; en: string }[];
  footer_fr: string;
  footer_en: string;
}

/** What the instance allows its rooms; a `max_participants` of 0 is any number. */
export interface Policy {
  access: Access[];
  creators: "everybody" | "administrators";
  max_participants: number;
}

export interface Config {
  name: string;
  policy: Policy;
  branding: Branding;
  version: string;
  transcription: { state: "ready" | "installing" | "starting" | "off" | "failed"; detail: string };
  /** Version of the consent's wording, recorded with each answer. */
  wording: string;
  /** What becomes of what somebody said before they withdrew their consent. */
  withdrawal: "keep" | "delete";
  /** Days that meetings are kept where a room says nothing, and at most. */
  retention: { days: number; most: number };
  /** Name of the identity provider that signs people in, if there is one. */
  provider: string | null;
  /** Whether letters can be sent: without, a password is reset by an administrator. */
  mail: boolean;
  /** Whom the report of a connection test may be sent to. */
  support: string | null;
  /** Origins whose pages may show ours that are made for embedding. */
  embedders: string[];
}

/** The server's public settings; asked again while the transcription worker is not ready. */
export function useConfig(): Config | undefined {
  const { data } = useQuery({
    queryKey: ["config"],
    queryFn: () => request<Config>("GET", "/config"),
    refetchInterval: ({ state }) => (unsettled(state.data) ? 5_000 : false),
  });
  return data;
}

/** Known before the server is asked: it is in the page where there is something to know. */
export function useBranding(): Branding {
  return useConfig()?.branding ?? FIRST;
}

/** Asks for the server's public settings anew. */
export function useRefreshConfig(): () => Promise<void> {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ["config"] });
}

function unsettled(config: Config | undefined): boolean {
  return config?.transcription.state === "installing" || config?.transcription.state === "starting";
}

function ofThePage(): Branding {
  const written = document.getElementById("branding")?.textContent;
  if (written) return JSON.parse(written) as Branding;
  return { id: null, name: document.title, logo: null, links: [], footer_fr: "", footer_en: "" };
}

const FIRST = ofThePage();
