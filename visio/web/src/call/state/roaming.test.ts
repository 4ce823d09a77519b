import { expect, test } from "vitest";
import { Arrivals } from "./roaming";

/** At which looks packets had stopped and that was acted on, given how many came before each look. */
function stops(came: number[], arrivals = new Arrivals()): number[] {
  let total = 1;
  return came.flatMap((count, look) => {
    total += count;
    arrivals.note(total);
    if (!arrivals.stopped) return [];
    arrivals.endure();
    return [look];
  });
}

const steady = Array<number>(10).fill(5);
const silence = (looks: number) => Array<number>(looks).fill(0);

test("a stop is known at the third silent look", () => {
  expect(stops([...steady, ...silence(5)])).toEqual([12]);
});

test("a stop that acting on did not end is acted on again, each time after twice as long", () => {
  expect(stops([...steady, ...silence(45)])).toEqual([12, 18, 30, 54]);
});

test("a stop is acted on every quarter of a minute at least", () => {
  const found = stops([...steady, ...silence(500)]);
  expect(found.slice(-3).map((look, at, all) => look - (all[at - 1] ?? look))).toEqual([0, 60, 60]);
});

test("a single packet does not make the way good again", () => {
  expect(stops([...steady, 0, 0, 0, 5, ...silence(6)])).toEqual([12, 19]);
});

test("the next stop is one as soon as the first, after packets came again", () => {
  expect(stops([...steady, 0, 0, 0, 5, 5, ...silence(3)])).toEqual([12, 17]);
});

test("a stop that cannot be acted on yet is not forgotten", () => {
  const arrivals = new Arrivals();
  for (const total of [1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 8, 8]) arrivals.note(total);
  expect(arrivals.stopped).toBe(true);
  arrivals.note(9);
  expect(arrivals.stopped).toBe(false);
});

test("in doubt, one silent look is enough", () => {
  const arrivals = new Arrivals();
  expect(stops(steady, arrivals)).toEqual([]);
  arrivals.doubt();
  arrivals.note(51);
  expect(arrivals.stopped).toBe(true);
});

test("in doubt, one silent look is enough where all are mute, too", () => {
  const arrivals = new Arrivals();
  expect(stops(steady, arrivals)).toEqual([]);
  arrivals.doubt();
  arrivals.forget();
  arrivals.note(51);
  expect(arrivals.stopped).toBe(true);
});

test("doubt ends with what comes after it", () => {
  const arrivals = new Arrivals();
  arrivals.doubt();
  expect(stops([5, 5, ...silence(5)], arrivals)).toEqual([4]);
});

test("doubt outlasts what came before it", () => {
  const arrivals = new Arrivals();
  arrivals.doubt();
  expect(stops([5, 0], arrivals)).toEqual([1]);
});

test("gaps as long as those of Opus in silence are no stop", () => {
  expect(stops(Array.from({ length: 40 }, (_, look) => (look % 3 ? 0 : 1)))).toEqual([]);
});

test("silence says nothing of what never came steadily", () => {
  expect(stops([5, ...silence(10)])).toEqual([]);
});

test("a connection that is not there yet is not silent", () => {
  const arrivals = new Arrivals();
  for (const total of [0, 0, 0, 0, 0]) arrivals.note(total);
  expect(arrivals.stopped).toBe(false);
});

test("another connection's smaller numbers are arrivals", () => {
  const arrivals = new Arrivals();
  for (const total of [9, 8, 7, 6, 5, 4, 3, 2, 1]) arrivals.note(total);
  expect(arrivals.stopped).toBe(false);
});
