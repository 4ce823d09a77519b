import { useQuery } from "@tanstack/react-query";
import { request } from "./request";

/** One thing said. Times are milliseconds since the start of the meeting. */
export interface Utterance {
  id: string;
  participant: string;
  identity: string;
  name: string;
  /** Which of the people sharing one microphone, once they have been told apart ("S1"). */
  voice: string | null;
  started_at: number;
  ended_at: number;
  text: string;
  language: string;
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

export interface Meeting extends Omit<MeetingSummary, "participants" | "utterances"> {
  participants: { id: string; identity: string; name: string }[];
  utterances: Utterance[];
  /** Talkspurts heard but not yet written down. */
  pending: number;
  final: boolean;
}

export function useMeetings() {
  return useQuery({
    queryKey: ["meetings"],
    queryFn: async () => (await request<{ meetings: MeetingSummary[] }>("GET", "/meetings")).meetings,
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
