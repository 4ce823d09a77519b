import { expect, test } from "vitest";
import { Arrivals } from "./roaming";

/** At which looks packets had stopped, given how many came before each, if that is acted on. */
function stops(came: number[]): number[] {
  const arrivals = new Arrivals();
  let total = 0;
  return came.flatMap((count, look) => {
    total += count;
    arrivals.note(total);
    if (!arrivals.stopped) return [];
    arrivals.forget();
    return [look];
  });
}

const steady = Array<number>(10).fill(5);

test("a stop is known at the third silent look, and acted on once", () => {
  expect(stops([...steady, 0, 0, 0, 0, 0, 0])).toEqual([12]);
});

test("a stop that cannot be acted on yet is not forgotten", () => {
  const arrivals = new Arrivals();
  for (const total of [1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 8, 8]) arrivals.note(total);
  expect(arrivals.stopped).toBe(true);
  arrivals.note(9);
  expect(arrivals.stopped).toBe(false);
});

test("gaps as long as those of Opus in silence are no stop", () => {
  expect(stops(Array.from({ length: 40 }, (_, look) => (look % 3 ? 0 : 1)))).toEqual([]);
});

test("silence says nothing of what never came steadily", () => {
  expect(stops([5, 0, 0, 0, 0])).toEqual([]);
});

test("the next stop is one after packets came steadily again", () => {
  expect(stops([...steady, 0, 0, 0, 5, 0, 0, 0, ...steady, 0, 0, 0])).toEqual([12, 29]);
});

test("another connection's smaller numbers are arrivals", () => {
  const arrivals = new Arrivals();
  for (const total of [9, 8, 7, 6, 5, 4, 3, 2, 1]) arrivals.note(total);
  expect(arrivals.stopped).toBe(false);
});
