import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "./request";
import type { Role } from "./rooms";

/** A sitting that somebody is in; `programs` where no room of ours stands behind it. */
export interface LiveMeeting {
  sid: string;
  slug: string;
  title: string;
  programs: boolean;
  since: number;
  people: number;
  locked: boolean;
  transcription: boolean;
}

export interface Present {
  sid: string;
  name: string;
  came: "account" | "guest" | "phone" | "program";
  role: Role | "guest" | null;
  since: number;
  quality: "excellent" | "good" | "poor" | "lost" | "connecting";
  score: number;
  published: { source: string; muted: boolean }[];
}

/** What part of a list is shown, and in which order. */
export interface Listing {
  search: string;
  sort: string;
  order: "ascending" | "descending";
  offset: number;
  limit: number;
}

/** Milliseconds between two looks; less shows changes sooner, more asks the server less. */
const LOOK = 3_000;
const PATH = "/live-meetings";

export function queryOf({ search, sort, order, offset, limit }: Listing): string {
  return new URLSearchParams({ search, sort, order, offset: String(offset), limit: String(limit) }).toString();
}

export function useLiveMeetings(listing: Listing) {
  return useQuery({
    queryKey: ["live", "all", listing],
    queryFn: () => request<{ meetings: LiveMeeting[]; total: number }>("GET", `${PATH}?${queryOf(listing)}`),
    refetchInterval: LOOK,
    placeholderData: keepPreviousData,
  });
}

export function useLiveMeeting(sid: string, listing: Listing) {
  return useQuery({
    queryKey: ["live", sid, listing],
    queryFn: () =>
      request<{ meeting: LiveMeeting; participants: Present[]; total: number }>("GET", `${PATH}/${sid}?${queryOf(listing)}`),
    // What is over stays over.
    refetchInterval: ({ state }) => (state.error ? false : LOOK),
    placeholderData: keepPreviousData,
  });
}

export function useEndLive(sid: string) {
  return useLiveChange(() => request("POST", `${PATH}/${sid}/end`));
}

export function useRemoveLive(sid: string, participant: string) {
  return useLiveChange(() => request("POST", `${PATH}/${sid}/participants/${participant}/remove`));
}

/** Where a browser gets all of a list as a table. */
export function meetingsTable(listing: Listing): string {
  return `/api/v1${PATH}.csv?${queryOf(listing)}`;
}

export function participantsTable(sid: string, listing: Listing): string {
  return `/api/v1${PATH}/${sid}/participants.csv?${queryOf(listing)}`;
}

function useLiveChange(change: () => Promise<void>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => client.invalidateQueries({ queryKey: ["live"] }) });
}
