import { expect, test } from "vitest";
import { clockResult, isOver, STEPS, troubles, untested, verdict, wayResult } from "./steps";

function allWell() {
  const results = untested();
  for (const step of STEPS) results[step] = { state: "ok" };
  return results;
}

test("it is over when nothing waits but the person", () => {
  const results = allWell();
  results.speaker = { state: "asked" };
  expect(isOver(results)).toBe(true);
  results.tcp = { state: "running" };
  expect(isOver(results)).toBe(false);
  expect(isOver(untested())).toBe(false);
});

test("one failure is the verdict", () => {
  const results = allWell();
  expect(verdict(results)).toBe("ok");
  results.camera = { state: "warning" };
  expect(verdict(results)).toBe("warning");
  results.receive = { state: "failed" };
  expect(verdict(results)).toBe("failed");
  expect(troubles(results)).toEqual(["camera", "receive"]);
});

test("whoever goes by UDP needs no other way", () => {
  const results = allWell();
  results.tcp = results.relay = { state: "warning" };
  expect(verdict(results)).toBe("ok");
  results.udp = { state: "warning" };
  expect(troubles(results)).toEqual(["udp", "tcp", "relay"]);
});

test.each([
  [0, 0, 0, "ok", "clockOk"],
  [0, 29_000, 31_000, "ok", "clockOk"],
  [0, 60_000, 60_100, "warning", "clockAhead"],
  [120_000, 0, 100, "warning", "clockBehind"],
  // The answer took a minute: the clocks may agree.
  [0, 5_000, 65_000, "ok", "clockOk"],
])("a server at %i, asked between %i and %i: %s", (server, before, after, state, said) => {
  expect(clockResult(server, before, after)).toMatchObject({ state, said });
});

const nothing = { received: 100, lost: 3 };

test.each([
  [undefined, { received: 200, lost: 3 }, "skipped", "skipped"],
  [40, { received: 200, lost: 3 }, "ok", "roundTripOk"],
  [301, { received: 200, lost: 3 }, "warning", "roundTripSlow"],
  [40, { received: 190, lost: 13 }, "warning", "lossy"],
])("%s ms there and back, from %o: %s", (ms, after, state, said) => {
  expect(wayResult(ms, nothing, after)).toMatchObject({ state, said });
});

test("what got lost is told in per cent", () => {
  expect(wayResult(40, nothing, { received: 299, lost: 4 }).values).toEqual({ ms: 40, loss: 0.5 });
});
