import { expect, test } from "vitest";
import { Pace } from "./pace";

/** Frames that took so long each, one after the other; whether that was too slow in the end. */
function runs(took: number, seconds: number, pace = new Pace(), from = 0): boolean {
  let now = from;
  while (now < from + seconds * 1000) {
    now += took + pace.rest(took);
    pace.note(took, now);
  }
  return pace.isTooSlow(now);
}

test("a machine that keeps up goes on", () => {
  expect(runs(20, 60)).toBe(false);
});

test("a machine that cannot is noticed, but not at once", () => {
  expect(runs(400, 4)).toBe(false);
  expect(runs(400, 30)).toBe(true);
});

test("the first frame, which compiles, counts little", () => {
  const pace = new Pace();
  pace.note(1500, 1500);
  expect(runs(20, 20, pace, 1500)).toBe(false);
});

test("a moment of load is forgiven", () => {
  const pace = new Pace();
  runs(400, 7, pace);
  expect(runs(20, 10, pace, 7000)).toBe(false);
});

test.each([
  [10, 40],
  [30, 30],
  [200, 200],
])("after %d ms of work it rests for %d", (took, rest) => {
  expect(new Pace().rest(took)).toBe(rest);
});
