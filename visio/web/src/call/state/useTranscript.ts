import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { readTranscript } from "../../api/call";
import { useCall } from "./CallContext";
import { useObservable, useRoomState } from "./hooks";
import { type Line, lineOf, mergeLines } from "./transcript";

/** How often the server is asked how much is still being written down, while something is. */
const WHILE_PENDING = 10_000;

/** The running meeting's lines: what the server has kept, and what has arrived since. */
export function useTranscript(): { lines: Line[]; pending: number } {
  const { slug, token, transcript } = useCall();
  const { transcription } = useRoomState();
  const live = useObservable(transcript.lines);
  const unattributed = useObservable(transcript.unattributed);
  const { data } = useQuery({
    queryKey: ["transcript", slug, token, transcription, unattributed],
    queryFn: () => readTranscript(slug, token),
    placeholderData: (previous) => previous,
    refetchOnMount: "always",
    refetchInterval: ({ state }) => (state.data?.pending || transcription === "on" ? WHILE_PENDING : false),
  });
  const lines = useMemo(() => mergeLines(data?.utterances.map(lineOf) ?? [], live), [data, live]);
  return { lines, pending: data?.pending ?? 0 };
}
