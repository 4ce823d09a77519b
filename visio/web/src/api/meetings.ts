import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { download, request } from "./request";

/** One thing said. Times are milliseconds since the start of the meeting. */
export interface Utterance {
  id: string;
  participant: string;
  identity: string;
  name: string;
  /** Which of the people sharing one microphone, once they have been told apart ("S1"). */
  voice: string | null;
  /** What a host called that voice. */
  voice_name: string | null;
  started_at: number;
  ended_at: number;
  text: string;
  language: string;
  /** How often it was corrected. */
  version: number;
  /** By whom it is hidden; then its text and `reason` are there only for those who may change it. */
  hidden: "host" | "speaker" | null;
  reason: string;
  may_change: boolean;
}

export interface MeetingSummary {
  id: string;
  title: string;
  slug: string;
  /** Milliseconds since 1970, UTC. */
  started_at: number;
  ended_at: number | null;
  participants: number;
  utterances: number;
}

/** Somebody who was there, with every time they came and went. Lengths are milliseconds. */
export interface Attendee {
  name: string;
  /** Only an account's name is known to be theirs. */
  kind: "account" | "guest" | "phone" | "service";
  present: number;
  spoken: number;
  stays: { joined_at: number; left_at: number | null }[];
}

export interface Meeting extends Omit<MeetingSummary, "participants" | "utterances"> {
  participants: { id: string; identity: string; name: string }[];
  attendance: Attendee[];
  artefacts: "transcript"[];
  /** The first of them: the rest is asked for from `next` on. */
  utterances: Utterance[];
  next: string | null;
  /** Whether one is given only what one said oneself. */
  partial: boolean;
  /** Talkspurts heard but not yet written down. */
  pending: number;
  final: boolean;
  /** What one answered oneself, with an account; null where one never agreed. */
  consent: "granted" | "withdrawn" | "erased" | null;
  may_share: boolean;
}

interface Page {
  meetings: MeetingSummary[];
  next: string | null;
}

/** Past meetings, newest first, a page of so many at a time. */
export function useMeetings(limit: number) {
  return useInfiniteQuery({
    queryKey: ["meetings", limit],
    queryFn: ({ pageParam }) => request<Page>("GET", `/meetings?${new URLSearchParams({ limit: String(limit), ...(pageParam && { after: pageParam }) })}`),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** Saves who was there as a file for spreadsheets, in the reader's language and time zone. */
export function useAttendanceSheet(id: string, token: string | undefined) {
  return useMutation({
    mutationFn: (language: string) => {
      const query = new URLSearchParams({ language, zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
      return download(`/meetings/${encodeURIComponent(id)}/attendance.csv?${query}`, token);
    },
  });
}

/** Takes one's consent back after a meeting, with what one said (`erases`) or without. */
export function useWithdrawal(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (answer: { erases: boolean; language: string }) =>
      request("PUT", `/meetings/${encodeURIComponent(id)}/withdrawal`, { body: answer }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["meeting", id] }),
  });
}

/** A meeting and its transcript; asked again until its final pass is done. */
export function useMeeting(id: string, token: string | undefined) {
  return useQuery({
    queryKey: ["meeting", id],
    queryFn: () => request<Meeting>("GET", `/meetings/${encodeURIComponent(id)}`, { token }),
    refetchInterval: ({ state }) => (state.data && !state.data.final ? 5_000 : false),
  });
}
