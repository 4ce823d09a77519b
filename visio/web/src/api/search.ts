import { useInfiniteQuery } from "@tanstack/react-query";
import { request } from "./request";

/** A passage that has all of the words. `started_at` counts from the meeting's start. */
export interface PassageFound {
  id: string;
  meeting: string;
  title: string;
  /** Milliseconds since 1970, UTC. */
  meeting_started_at: number;
  name: string;
  voice: string | null;
  voice_name: string | null;
  started_at: number;
  parts: { text: string; found: boolean }[];
}

interface Page {
  passages: PassageFound[];
  next: string | null;
}

/** What was said with these words in the meetings one may read, the newest first; nothing is asked without any. */
export function useSearch(words: string) {
  return useInfiniteQuery({
    queryKey: ["search", words],
    queryFn: ({ pageParam }) => request<Page>("POST", "/transcript-search", { body: { words, after: pageParam } }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: words !== "",
  });
}
