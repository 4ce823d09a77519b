import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { download, request } from "./request";
import type { Access } from "./rooms";

export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** What people choose of the rules of RFC 5545; for ever without `until` (a day, included) or `count`. */
export interface Recurrence {
  frequency: "daily" | "weekly" | "monthly";
  interval: number;
  weekdays: Weekday[];
  by: "day" | "weekday";
  until: string | null;
  count: number | null;
}

/** One meeting to come. */
export interface Upcoming {
  id: string;
  /** Which of a series: the local time that its rule gives it. */
  occurrence: string;
  title: string;
  room: { slug: string; title: string };
  /** Milliseconds since 1970, UTC. */
  begins: number;
  ends: number;
  zone: string;
  repeats: boolean;
  invitees: number;
  organizer: string | null;
  may_change: boolean;
}

/** Local times of the zone, "2026-11-23T10:00". */
export interface Times {
  begins: string;
  ends: string;
}

export interface MeetingDraft extends Times {
  title: string;
  agenda: string;
  zone: string;
  recurrence: Recurrence | null;
  invitees: string[];
  /** Minutes before the beginning; null for no letters. */
  reminder: number | null;
  language: string;
}

export interface NewMeetingDraft extends MeetingDraft {
  /** Without one, a new room of that access. */
  room: string | null;
  access: Access;
}

export interface ScheduledMeeting extends MeetingDraft {
  id: string;
  room: { slug: string; title: string };
  organizer: string | null;
  may_change: boolean;
}

interface Page {
  meetings: Upcoming[];
  next: string | null;
}

/** Meetings to come, in order of time, a page of so many at a time. */
export function useUpcoming(limit: number) {
  return useInfiniteQuery({
    queryKey: ["scheduled", limit],
    queryFn: ({ pageParam }) =>
      request<Page>("GET", `/scheduled-meetings?${new URLSearchParams({ limit: String(limit), ...(pageParam && { after: pageParam }) })}`),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function useScheduled(id: string) {
  return useQuery({
    queryKey: ["scheduled", "one", id],
    queryFn: () => request<ScheduledMeeting>("GET", path(id)),
    gcTime: 0,
  });
}

export function useSchedule() {
  return useChange((draft: NewMeetingDraft) =>
    request<ScheduledMeeting>("POST", "/scheduled-meetings", { body: draft }),
  );
}

export function useReschedule(id: string) {
  return useChange((draft: MeetingDraft) => request<ScheduledMeeting>("PUT", path(id), { body: draft }));
}

export function useCancelMeeting(id: string) {
  return useChange((_: void) => request("DELETE", path(id)));
}

export function useMoveOccurrence({ id, occurrence }: Upcoming) {
  return useChange((times: Times) =>
    request<ScheduledMeeting>("PUT", `${path(id)}/occurrences/${occurrence}`, { body: times }),
  );
}

export function useCancelOccurrence({ id, occurrence }: Upcoming) {
  return useChange((_: void) => request("DELETE", `${path(id)}/occurrences/${occurrence}`));
}

/** Saves the meeting as a file for calendars. */
export function useInvite(id: string) {
  return useMutation({ mutationFn: () => download(`${path(id)}/invite.ics`) });
}

function path(id: string): string {
  return `/scheduled-meetings/${encodeURIComponent(id)}`;
}

function useChange<Input, Answer>(change: (input: Input) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["scheduled"] });
      await client.invalidateQueries({ queryKey: ["rooms"] });
    },
  });
}
