import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { keptToken } from "../call/state/keptToken";
import type { Meeting, Utterance } from "./meetings";
import { download, request, requestAll, requestText } from "./request";

export const FORMATS = ["docx", "odt", "md", "txt", "vtt", "srt", "json"] as const;

export type Format = (typeof FORMATS)[number];

/** A text that a passage had; `writer` is null for what was recognised, "" for who was erased. */
export interface Version {
  number: number;
  text: string;
  writer: string | null;
  /** Milliseconds since 1970, UTC. */
  written_at: number;
}

interface Versions {
  versions: Version[];
  next: string | null;
}

export interface Reader {
  id: string;
  name: string;
  email: string;
}

/** What was said after the part that the meeting came with. */
export function useRest({ id, next, final }: Meeting) {
  return useQuery({
    queryKey: ["meeting", id, "rest", next],
    queryFn: () => requestAll<Utterance>(`${path(id)}/utterances`, "utterances", { after: next ?? "", token: keptToken(id) }),
    enabled: next !== null,
    refetchInterval: final ? false : 5_000,
  });
}

/** Saves the transcript as a file in the reader's language and time zone. */
export function useExport(id: string) {
  return useMutation({
    mutationFn: ({ format, language }: { format: Format; language: string }) =>
      download(file(id, format, language), keptToken(id)),
  });
}

/** The transcript as text. */
export function readText(id: string, language: string): Promise<string> {
  return requestText(file(id, "txt", language), keptToken(id));
}

export function useCorrection(id: string) {
  return useChange(id, ({ utterance, text, version }: { utterance: string; text: string; version: number }) =>
    request<Utterance>("PUT", `${path(id)}/utterances/${utterance}`, { body: { text, version }, token: keptToken(id) }),
  );
}

/** Hides a passage, for a reason or for "", or shows it again (null). */
export function useHiding(id: string) {
  return useChange(id, ({ utterance, reason }: { utterance: string; reason: string | null }) => {
    const address = `${path(id)}/utterances/${utterance}/hiding`;
    return reason === null
      ? request("DELETE", address, { token: keptToken(id) })
      : request("PUT", address, { body: { reason }, token: keptToken(id) });
  });
}

/** Says whose a voice is; "" takes the name away. */
export function useVoiceName(id: string) {
  return useChange(id, ({ participant, voice, name }: { participant: string; voice: string; name: string }) => {
    const address = `${path(id)}/voices/${participant}/${voice}`;
    return name === ""
      ? request("DELETE", address, { token: keptToken(id) })
      : request("PUT", address, { body: { name }, token: keptToken(id) });
  });
}

/** The texts a passage has had, the newest first; none where it was never corrected. */
export function useVersions(id: string, utterance: string) {
  return useInfiniteQuery({
    queryKey: ["meeting", id, "versions", utterance],
    queryFn: ({ pageParam }) =>
      request<Versions>("GET", `${path(id)}/utterances/${utterance}/versions?limit=20${pageParam && `&after=${pageParam}`}`, {
        token: keptToken(id),
      }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** With whom the transcript is shared. */
export function useSharing(id: string) {
  return useQuery({
    queryKey: ["meeting", id, "sharing"],
    queryFn: async () => ({
      attendees: (await request<{ attendees: boolean }>("GET", `${path(id)}/sharing?limit=1`)).attendees,
      readers: await requestAll<Reader>(`${path(id)}/sharing`, "readers"),
    }),
  });
}

export function useShareWithAttendees(id: string) {
  return useChange(id, (attendees: boolean) => request("PATCH", `${path(id)}/sharing`, { body: { attendees } }));
}

export function useAddReader(id: string) {
  return useChange(id, (email: string) => request("POST", `${path(id)}/sharing/readers`, { body: { email } }));
}

export function useRemoveReader(id: string) {
  return useChange(id, (reader: string) => request("DELETE", `${path(id)}/sharing/readers/${reader}`));
}

function useChange<Change, Answer>(id: string, change: (asked: Change) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    // Also what was refused: somebody else may have been faster.
    onSettled: () => client.invalidateQueries({ queryKey: ["meeting", id] }),
  });
}

function file(id: string, format: Format, language: string): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return `${path(id)}/transcript.${format}?${new URLSearchParams({ language, zone })}`;
}

function path(id: string): string {
  return `/meetings/${encodeURIComponent(id)}`;
}
