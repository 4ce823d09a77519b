import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "./request";

/** Rests on these lines of the transcript, by their ids. */
export interface Statement {
  text: string;
  sources: string[];
}

export interface Action extends Statement {
  /** Empty where nobody said it. */
  who: string;
  when: string;
}

export interface Minutes {
  summary: Statement[];
  decisions: Statement[];
  actions: Action[];
}

export interface MinutesState {
  /** Whether the server has a language model for it. */
  available: boolean;
  may_change: boolean;
  state: "none" | "waiting" | "writing" | "done" | "failed";
  failure: string | null;
  done: number;
  total: number;
  minutes: Minutes | null;
  model: string;
  written_at: number | null;
  edited: boolean;
}

/** The minutes of a meeting; asked again while they are being written. */
export function useMinutes(meeting: string) {
  return useQuery({
    queryKey: ["minutes", meeting],
    queryFn: () => request<MinutesState>("GET", at(meeting)),
    refetchInterval: ({ state }) => (state.data && isUnderWay(state.data) ? 2_000 : false),
  });
}

export function isUnderWay({ state }: MinutesState): boolean {
  return state === "waiting" || state === "writing";
}

export function useAskForMinutes(meeting: string) {
  return useChange(meeting, () => request("POST", at(meeting)));
}

export function useCancelMinutes(meeting: string) {
  return useChange(meeting, () => request("DELETE", `${at(meeting)}/writing`));
}

export function useEditMinutes(meeting: string) {
  return useChange(meeting, (minutes: Minutes) => request("PUT", at(meeting), { body: minutes }));
}

function useChange<Input = void>(meeting: string, change: (input: Input) => Promise<void>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => client.invalidateQueries({ queryKey: ["minutes", meeting] }),
  });
}

function at(meeting: string): string {
  return `/meetings/${encodeURIComponent(meeting)}/minutes`;
}
