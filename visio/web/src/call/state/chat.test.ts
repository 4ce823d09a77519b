import type { Room } from "livekit-client";
import { afterEach, expect, test, vi } from "vitest";
import type { Message } from "../../api/chat";
import { Chat, mergeLines } from "./chat";

const message = (id: string, sent_at: number, mine = false): Message => ({
  id,
  identity: mine ? "p-me" : "p-zoe",
  name: mine ? "Ali" : "Zoé",
  mine,
  text: `text of ${id}`,
  sent_at,
  to: null,
  file: null,
});

afterEach(() => vi.unstubAllGlobals());

/** A chat whose server answers these, in this order. */
function opened(...answers: (object | number)[]) {
  const asked: { method: string; address: string; body: Record<string, unknown> }[] = [];
  vi.stubGlobal("fetch", async (address: string, { method, body }: { method: string; body?: string }) => {
    asked.push({ method, address, body: JSON.parse(body ?? "{}") });
    const answer = answers.shift() ?? 500;
    if (typeof answer === "number") return Response.json({ code: "refused" }, { status: answer });
    return Response.json(answer);
  });
  const handlers: Record<string, (...told: unknown[]) => void> = {};
  const streams: ((reader: unknown, sender: unknown) => Promise<void>)[] = [];
  const room = {
    localParticipant: { identity: "p-me", name: "Ali" },
    getParticipantByIdentity: () => undefined,
    on: (event: string, handler: (...told: unknown[]) => void) => (handlers[event] = handler),
    registerTextStreamHandler: (_topic: string, handler: (typeof streams)[0]) => streams.push(handler),
  };
  const chat = new Chat(room as unknown as Room, "slug", "token");
  const hear = (id: string, timestamp: number, attributes = {}) =>
    streams[0]?.({ info: { id, timestamp, attributes }, readAll: async () => `text of ${id}` }, { identity: "p-zoe" });
  const news = (told: object, sender?: object) =>
    handlers.dataReceived?.(new TextEncoder().encode(JSON.stringify(told)), sender, 0, "visio.chat");
  const ids = () => chat.lines.get().map(({ id }) => id);
  return { chat, asked, hear, news, ids, reconnect: () => handlers.reconnected?.() };
}

test("what was written before is read, what comes is unread until the panel is open", async () => {
  const { chat, hear, ids } = opened({ messages: [message("b", 2), message("a", 1)], next: null });
  await chat.load();
  expect(chat.unread.get()).toEqual([]);
  await hear("c", 3, { "visio.name": "Zoé Roux", "visio.to": "p-me", "visio.to_name": "Ali" });
  await hear("d", 4);
  await hear("c", 3);
  expect(ids()).toEqual(["a", "b", "c", "d"]);
  expect(chat.lines.get()[2]).toMatchObject({ name: "Zoé Roux", to: { identity: "p-me", name: "Ali" } });
  expect(chat.unread.get()).toEqual(["c", "d"]);
  chat.setOpen(true);
  expect([chat.unread.get(), chat.mark.get()]).toEqual([[], "c"]);
  await hear("e", 5);
  expect(chat.unread.get()).toEqual([]);
  chat.setOpen(false);
  expect(chat.mark.get()).toBeUndefined();
});

test("after an interruption what was missed is there and unread, what was deleted is gone", async () => {
  const { chat, hear, ids, reconnect } = opened(
    { messages: [message("b", 2), message("a", 1)], next: null },
    { messages: [message("d", 4), message("c", 3), message("a", 1)], next: null },
  );
  await chat.load();
  reconnect();
  await hear("e", 5); // after the server had answered
  await vi.waitFor(() => expect(ids()).toEqual(["a", "c", "d", "e"]));
  expect(chat.unread.get().toSorted()).toEqual(["c", "d", "e"]);
});

test("older messages are asked for", async () => {
  const { chat, asked, ids } = opened(
    { messages: [message("c", 3)], next: "xyz" },
    { messages: [message("b", 2), message("a", 1)], next: null },
  );
  await chat.load();
  await chat.loadEarlier();
  await chat.loadEarlier();
  expect(ids()).toEqual(["a", "b", "c"]);
  expect(asked.map(({ address }) => address)).toEqual([
    "/api/v1/rooms/slug/messages",
    "/api/v1/rooms/slug/messages?after=xyz",
  ]);
});

test("a history that cannot be read is said to be missing until it can", async () => {
  const { chat, ids } = opened(503, { messages: [message("a", 1)], next: null });
  await chat.load();
  expect(chat.incomplete.get()).toBe(true);
  await chat.load();
  expect([chat.incomplete.get(), ids()]).toEqual([false, ["a"]]);
});

test("a message that does not arrive waits to be sent again, under its id", async () => {
  const { chat, asked, hear, ids } = opened(503, message("sent", 9, true));
  const sending = chat.send({ text: "Bonjour", to: { identity: "p-zoe", name: "Zoé" } });
  expect(chat.lines.get()[0]).toMatchObject({ text: "Bonjour", sending: true, mine: true, name: "Ali" });
  await sending;
  await hear("later", 2 ** 50);
  const failed = chat.lines.get()[1];
  expect(failed).toMatchObject({ failure: "refused", to: { name: "Zoé" } });
  if (failed) await chat.retry(failed);
  expect(asked.map(({ body }) => body)).toEqual(Array(2).fill({ id: failed?.id, text: "Bonjour", to: "p-zoe" }));
  expect(chat.lines.get().find(({ id }) => id === "sent")?.failure).toBeUndefined();
  if (failed) chat.discard(failed.id);
  expect(ids()).toEqual(["sent", "later"]);
});

test("what no message may have is not sent", async () => {
  const { chat, asked } = opened(message("a", 1, true));
  await chat.send({ text: " \r\n\u202e ", to: null });
  await chat.send({ text: "\u202egpj.exe\r\n\tfin", to: null });
  expect(asked.map(({ body }) => body.text)).toEqual(["gpj.exe\n\tfin"]);
});

test("a file goes in one request, and is sent again as it was", async () => {
  const { chat, asked } = opened(503, { ...message("sent", 1, true), file: { name: "a.pdf", size: 20_000 } });
  await chat.give(new File([new Uint8Array(20_000).fill(255)], "a.pdf"), null);
  const failed = chat.lines.get()[0];
  expect(failed).toMatchObject({ text: "a.pdf", file: { size: 20_000 }, failure: "refused" });
  if (failed) await chat.retry(failed);
  expect(asked.map(({ address }) => address)).toEqual(Array(2).fill("/api/v1/rooms/slug/files"));
  expect(asked[0]?.body).toEqual(asked[1]?.body);
  expect(atob(String(asked[0]?.body.content))).toBe("\xff".repeat(20_000));
});

test("a file that is too large is not sent", async () => {
  const { chat, asked } = opened();
  await chat.give(new File([new Uint8Array(8 * 1024 * 1024 + 1)], "a.pdf"), null);
  expect(chat.lines.get()[0]?.failure).toBe("file_too_large");
  expect(asked).toEqual([]);
});

test("the server alone says what was deleted", async () => {
  const { chat, hear, news, ids } = opened();
  await hear("a", 1);
  await hear("b", 2);
  news({ deleted: "a" }, { identity: "p-eve" });
  expect(ids()).toEqual(["a", "b"]);
  news({ deleted: "a" });
  expect([ids(), chat.unread.get()]).toEqual([["b"], ["b"]]);
});

test("messages of one moment keep an order", () => {
  const lines = [message("b", 1), message("a", 1)];
  expect(mergeLines(lines, [message("a", 1)]).map(({ id }) => id)).toEqual(["a", "b"]);
});
