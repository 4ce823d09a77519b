/**
 * What we say to the page around us: of our button, in the names of La Suite's library, which reads
 * `url` in the release on npm and `room` in later ones; of a meeting.
 */
export type ForEmbedder =
  | { type: "ROOM_CREATED"; data: { room: { slug: string; url: string }; url: string } }
  | { type: "STATE_CLEAR"; data: Record<string, never> }
  | { type: "MEETING_READY" | "MEETING_WAITING" | "MEETING_JOINED"; data: { slug: string } }
  | { type: "MEETING_LEFT"; data: { slug: string; reason: string } }
  | { type: "MEETING_CHANGED"; data: { people: number; microphone: boolean; camera: boolean; screen: boolean } };

/** What a window of ours says to the button that opened it, and what the button answers. */
export type FromWindow = { type: "CALLBACK_ID"; callback: string } | { type: "ROOM_DATA"; slug: string };
export type FromButton = { type: "ACCEPTED" };

/** To the page around us, if it is of one of these origins: a browser delivers it to no other. */
export function tellEmbedder(message: ForEmbedder, origins: readonly string[]): void {
  if (window.parent === window) return;
  for (const origin of around(origins)) window.parent.postMessage(message, origin);
}

/** Which of the origins is around us, where the browser says so; else all of them. */
function around(origins: readonly string[]): readonly string[] {
  const [parent] = window.location.ancestorOrigins ?? [];
  return parent === undefined ? origins : origins.filter((origin) => origin === parent);
}

/** Hears the types of what the page around us says, if it is of one of these origins. */
export function hearEmbedder(origins: readonly string[], onMessage: (type: string) => void): () => void {
  function receive({ origin, source, data }: MessageEvent<unknown>) {
    if (source !== window.parent || !origins.includes(origin)) return;
    if (typeof data === "object" && data !== null && "type" in data) onMessage(String(data.type));
  }
  window.addEventListener("message", receive);
  return () => window.removeEventListener("message", receive);
}

/** Says something to a window of ours, and to no page of others that may be in it by now. */
export function tell(target: Window, message: FromWindow | FromButton): void {
  target.postMessage(message, window.location.origin);
}

/** Hears what a window of ours says, as long as the result is not called; `source` is which. */
export function hear<Message extends { type: string }>(
  source: () => Window | null,
  onMessage: (message: Message) => void,
): () => void {
  function receive(event: MessageEvent<unknown>) {
    if (event.origin !== window.location.origin || event.source === null || event.source !== source()) return;
    if (typeof event.data === "object" && event.data !== null && "type" in event.data) onMessage(event.data as Message);
  }
  window.addEventListener("message", receive);
  return () => window.removeEventListener("message", receive);
}
