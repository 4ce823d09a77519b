import { useQuery } from "@tanstack/react-query";
import { request } from "./request";

export interface Config {
  name: string;
  version: string;
  transcription: { state: "ready" | "installing" | "starting" | "off" | "failed"; detail: string };
  /** Version of the consent's wording, recorded with each answer. */
  wording: string;
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

function unsettled(config: Config | undefined): boolean {
  return config?.transcription.state === "installing" || config?.transcription.state === "starting";
}
