import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "./request";
import type { RoomChange, RoomSettings } from "./rooms";

/** A room of anybody's, as administrators of the instance see it. Times are milliseconds since 1970, UTC. */
export interface AnyRoom extends RoomSettings {
  id: string;
  slug: string;
  title: string;
  /** A service has no address. */
  owners: { id: string; name: string; email: string }[];
  /** How many have a role in it. */
  members: number;
  /** How many are inside now. */
  live: number;
  last_meeting: number | null;
  created_at: number;
}

export const HOLD_REASONS = ["court", "inquiry", "claim", "person", "other"] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];
export const RELEASE_REASONS = ["closed", "mistake", "other"] as const;
export type ReleaseReason = (typeof RELEASE_REASONS)[number];

/** A meeting that is over: what is kept of it, and until when. */
export interface PastMeeting {
  id: string;
  title: string;
  slug: string;
  /** Its room was deleted. */
  deleted: boolean;
  started_at: number;
  ended_at: number;
  people: number;
  kept: ("attendance" | "transcript" | "sound")[];
  /** When the rules end it, if it is not held. */
  until: number;
  held_at: number | null;
  held_for: HoldReason | null;
  held_reference: string;
}

/** Days; and of how many meetings. */
export interface Rules {
  days: number;
  most: number;
  audit_days: number;
  kept: number;
  due_day: number;
  due_week: number;
  held: number;
}

/** A row of the audit, and the hash before it from which its own is made. */
export interface Proof {
  entry: {
    number: number;
    created_at: number;
    author_kind: string;
    author: string | null;
    object: string;
    /** JSON: how many rows of which tables. */
    detail: string;
    hash: string;
  };
  before: string | null;
  title: string | null;
  slug: string | null;
  /** The name of the account that deleted. */
  by: string | null;
}

/** Which part of a list, in which order: what follows where `after` says. */
export interface Part {
  search: string;
  sort: string;
  order: "ascending" | "descending";
  after: string;
  limit: number;
  /** Of which entity an owner is, where that is asked: its id, or "none". */
  entity?: string;
}

const ROOMS = "/all-rooms";
const PAST = "/past-meetings";
const PROOFS = "/deletion-proofs";

export function useAllRooms(part: Part) {
  return useQuery({
    queryKey: ["records", "rooms", part],
    queryFn: () => request<{ rooms: AnyRoom[]; total: number; next: string | null }>("GET", `${ROOMS}?${queryOf(part)}`),
    placeholderData: keepPreviousData,
  });
}

export function changeAnyRoom(id: string, change: RoomChange): Promise<void> {
  return request("PATCH", `${ROOMS}/${id}`, { body: change });
}

export function deleteAnyRoom(id: string): Promise<void> {
  return request("DELETE", `${ROOMS}/${id}`);
}

export function useChangeAnyRoom(id: string) {
  return useRecordsChange((change: RoomChange) => changeAnyRoom(id, change));
}

export function useDeleteAnyRoom(id: string) {
  return useRecordsChange((_: void) => deleteAnyRoom(id));
}

export function useHandOver(id: string) {
  return useRecordsChange((email: string) => request("PUT", `${ROOMS}/${id}/owner`, { body: { email } }));
}

/** `held` chooses those that are, or are not. */
export function usePastMeetings(part: Part, held?: boolean) {
  return useQuery({
    queryKey: ["records", "past", part, held],
    queryFn: () =>
      request<{ meetings: PastMeeting[]; total: number; next: string | null }>("GET", `${PAST}?${queryOf(part, held)}`),
    placeholderData: keepPreviousData,
  });
}

export function useHold(id: string) {
  return useRecordsChange((why: { reason: HoldReason; reference: string }) =>
    request("POST", `${PAST}/${id}/hold`, { body: why }),
  );
}

export function useRelease(id: string) {
  return useRecordsChange((reason: ReleaseReason) => request("POST", `${PAST}/${id}/release`, { body: { reason } }));
}

export function usePurge(id: string) {
  return useRecordsChange((_: void) => request("POST", `${PAST}/${id}/purge`));
}

export function useRules() {
  return useQuery({ queryKey: ["records", "rules"], queryFn: () => request<Rules>("GET", "/retention") });
}

/** The proofs below a number of the audit, the newest first. */
export function useProofs(search: string, before: number | null) {
  const query = new URLSearchParams({ search, limit: "20", ...(before !== null && { before: String(before) }) });
  return useQuery({
    queryKey: ["records", "proofs", search, before],
    queryFn: () => request<{ proofs: Proof[]; next: number | null }>("GET", `${PROOFS}?${query}`),
    placeholderData: keepPreviousData,
  });
}

/** Where a browser gets all of a list as a file. */
export function roomsTable(part: Part): string {
  return `/api/v1${ROOMS}.csv?${queryOf({ ...part, after: "" })}`;
}

export function pastTable(part: Part, held?: boolean): string {
  return `/api/v1${PAST}.csv?${queryOf({ ...part, after: "" }, held)}`;
}

export function proofsFile(kind: "json" | "csv", search: string): string {
  return `/api/v1${PROOFS}.${kind}?${new URLSearchParams({ search })}`;
}

/** What rooms and meetings are listed by is another after a change of one of them. */
export function useRecordsChange<Input>(change: (input: Input) => Promise<void>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => client.invalidateQueries({ queryKey: ["records"] }) });
}

function queryOf({ search, sort, order, after, limit, entity = "" }: Part, held?: boolean): URLSearchParams {
  const query = new URLSearchParams({ search, sort, order, after, limit: String(limit), entity });
  if (held !== undefined) query.set("held", String(held));
  return query;
}
