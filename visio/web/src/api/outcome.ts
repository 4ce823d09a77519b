import { useQuery } from "@tanstack/react-query";
import { request } from "./request";

/** Of something that a meeting makes. */
export type Making = "none" | "writing" | "ready";

/** What a meeting made. Times are milliseconds since 1970, UTC. */
export interface Outcome {
  started_at: number;
  /** null while it goes on. */
  ended_at: number | null;
  people: string[];
  transcript: Making;
  minutes: Making;
  /** What is kept of the chat for me to read, and how much of that are files. */
  messages: number;
  files: number;
}

/** Milliseconds between two looks. */
const AGAIN = 10_000;

/** Asked again until there is nothing more to come. */
export function useOutcome(meeting: string | undefined, token: string | undefined) {
  return useQuery({
    queryKey: ["meeting", meeting, "outcome"],
    queryFn: () => request<Outcome>("GET", `/meetings/${encodeURIComponent(meeting ?? "")}/outcome`, { token }),
    enabled: meeting !== undefined,
    refetchInterval: ({ state }) => state.data !== undefined && !isComplete(state.data) && AGAIN,
  });
}

function isComplete({ ended_at, transcript, minutes }: Outcome): boolean {
  return ended_at !== null && transcript !== "writing" && minutes !== "writing";
}
