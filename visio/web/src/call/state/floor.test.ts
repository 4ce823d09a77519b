import { expect, test } from "vitest";
import { due, type Floor, NOBODY, pass } from "./floor";

/** Who has the floor after each of what is heard: at which second who speaks. */
function holders(...heard: [number, ...string[]][]): (string | undefined)[] {
  let floor: Floor = NOBODY;
  return heard.map(([second, ...speaking]) => (floor = pass(floor, speaking, second * 1000)).holder);
}

test("the first to speak, the loudest of several, has the floor at once and keeps it in silence", () => {
  expect(holders([0], [1, "ada", "bob"], [2], [60])).toEqual([undefined, "ada", "ada", "ada"]);
});

test("nobody takes it from who goes on speaking", () => {
  expect(holders([0, "ada"], [5, "ada", "bob"], [30, "bob", "ada"])).toEqual(["ada", "ada", "ada"]);
});

test("who goes on after a silence takes it, who only coughs does not", () => {
  expect(holders([0, "ada"], [10, "bob"], [10.5], [20, "bob"], [20.9, "bob"], [21, "bob"])).toEqual([
    "ada",
    "ada",
    "ada",
    "ada",
    "ada",
    "bob",
  ]);
});

test("it stays a while with whoever took it, however quickly others answer", () => {
  expect(holders([0, "ada"], [0.5, "bob"], [1.6, "bob"], [2.9, "bob"], [3, "bob"])).toEqual([
    "ada",
    "ada",
    "ada",
    "ada",
    "bob",
  ]);
});

test("of several it goes to who spoke first", () => {
  expect(holders([0, "ada"], [10, "ada", "bob"], [11, "cyd", "bob"], [12, "cyd", "bob"])).toEqual([
    "ada",
    "ada",
    "bob",
    "bob",
  ]);
});

test("when it passes by itself is known", () => {
  const speaking = pass(NOBODY, ["ada"], 0);
  expect(due(speaking)).toBeUndefined();
  expect(due(pass(speaking, ["bob"], 1_000))).toBe(3_000);
  expect(due(pass(speaking, ["bob"], 10_000))).toBe(11_000);
  expect(due(pass(speaking, [], 10_000))).toBeUndefined();
});
