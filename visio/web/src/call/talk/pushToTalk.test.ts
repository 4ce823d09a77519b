import { expect, test } from "vitest";
import { meansToTalk } from "./pushToTalk";

const space = { code: "Space", repeat: false, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

test("a held space bar means to speak", () => {
  expect(meansToTalk(space, true)).toBe(true);
});

test.each([[{ code: "KeyA" }], [{ repeat: true }], [{ ctrlKey: true }], [{ metaKey: true }], [{ altKey: true }], [{ shiftKey: true }]])(
  "with %j it does not",
  (keys) => {
    expect(meansToTalk({ ...space, ...keys }, true)).toBe(false);
  },
);

test("nor where it writes or presses", () => {
  expect(meansToTalk(space, false)).toBe(false);
});
