import { expect, test } from "vitest";
import { CROWD, KINDS, LENGTH, marked, Quiet, rings } from "./kinds";

test("small meetings are heard, crowds only at the door", () => {
  expect(KINDS.filter((kind) => rings("auto", kind, CROWD))).toEqual([...KINDS]);
  expect(KINDS.filter((kind) => rings("auto", kind, CROWD + 1))).toEqual(["lobby"]);
});

test("what a person said holds in any meeting", () => {
  expect(rings("on", "joined", 500)).toBe(true);
  expect(rings("off", "lobby", 2)).toBe(false);
});

test("of sounds at once the first is heard", () => {
  const quiet = new Quiet();
  expect([0, 1, LENGTH - 1, LENGTH].map((now) => quiet.ends(now))).toEqual([true, false, false, true]);
});

test.each([
  [0, "Comité"],
  [3, "(3) Comité"],
  [100, "(99+) Comité"],
])("with %j waiting the title is %j", (waiting, title) => {
  expect(marked("Comité", waiting)).toBe(title);
});
