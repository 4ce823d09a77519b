import { useQuery } from "@tanstack/react-query";
import { request, requestAll, requestBlob } from "./request";

/** A message of the meeting's chat; with `to` it is for its writer and that one alone. */
export interface Message {
  id: string;
  identity: string;
  name: string;
  mine: boolean;
  text: string;
  /** Milliseconds since 1970. */
  sent_at: number;
  to: Addressee | null;
  /** What it brings along; its text is then the file's name. */
  file: { name: string; size: number } | null;
}

export interface Addressee {
  identity: string;
  name: string;
}

export interface Messages {
  /** The newest first. */
  messages: Message[];
  next: string | null;
}

export function readMessages(slug: string, token: string, after?: string): Promise<Messages> {
  return request("GET", `${path(slug)}${after ? `?after=${after}` : ""}`, { token });
}

/** `id` is ours: a message that is sent again is there once. */
export function sendMessage(
  slug: string,
  token: string,
  { id, text, to }: { id: string; text: string; to: string | null },
): Promise<Message> {
  return request("POST", path(slug), { token, body: { id, text, to } });
}

/** `content` is base64. */
export function sendFile(
  slug: string,
  token: string,
  body: { id: string; name: string; content: string; to: string | null },
): Promise<Message> {
  return request("POST", `/rooms/${encodeURIComponent(slug)}/files`, { token, body });
}

export function readFile(slug: string, token: string, id: string): Promise<Blob> {
  return requestBlob(`/rooms/${encodeURIComponent(slug)}/files/${encodeURIComponent(id)}`, token);
}

export function readKeptFile(meeting: string, token: string | undefined, id: string): Promise<Blob> {
  return requestBlob(`/meetings/${encodeURIComponent(meeting)}/files/${encodeURIComponent(id)}`, token);
}

export function deleteMessage(slug: string, token: string, id: string): Promise<void> {
  return request("DELETE", `${path(slug)}/${encodeURIComponent(id)}`, { token });
}

/** What is kept of a meeting's chat, the oldest first. */
export function useKeptMessages(meeting: string, token: string | undefined) {
  return useQuery({
    queryKey: ["meeting", meeting, "messages"],
    queryFn: () => requestAll<Message>(`/meetings/${encodeURIComponent(meeting)}/messages`, "messages", { token }),
    select: (messages) => messages.toReversed(),
  });
}

function path(slug: string): string {
  return `/rooms/${encodeURIComponent(slug)}/messages`;
}
