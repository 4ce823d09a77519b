import type { Room } from "livekit-client";
import { expect, test } from "vitest";
import { Lobby } from "./lobby";

const ADA = { id: "k1", name: "Ada", kind: "guest", since: 1 } as const;

function opened() {
  const handlers: ((...told: unknown[]) => void)[] = [];
  const room = { on: (_event: string, handler: (...told: unknown[]) => void) => handlers.push(handler) };
  const lobby = new Lobby(room as unknown as Room);
  const receive = (list: object, sender?: object, topic = "visio.lobby") => {
    for (const handler of handlers) handler(new TextEncoder().encode(JSON.stringify(list)), sender, 0, topic);
  };
  return { lobby, receive, names: () => lobby.list.get().waiting.map(({ name }) => name) };
}

test("the server's packets tell who waits", () => {
  const { receive, names } = opened();
  receive({ version: 2, message: "", waiting: [ADA] });
  expect(names()).toEqual(["Ada"]);
  receive({ version: 3, message: "", waiting: [] });
  expect(names()).toEqual([]);
});

test("a list that was overtaken changes nothing", () => {
  const { lobby, receive, names } = opened();
  receive({ version: 3, message: "", waiting: [] });
  lobby.note({ version: 2, message: "", waiting: [ADA] });
  expect(names()).toEqual([]);
});

test("a participant cannot tell who waits, nor can another topic", () => {
  const { receive, names } = opened();
  receive({ version: 2, message: "", waiting: [ADA] }, { identity: "p-eve" });
  receive({ version: 2, message: "", waiting: [ADA] }, undefined, "chat");
  expect(names()).toEqual([]);
});
