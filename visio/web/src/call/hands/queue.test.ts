import { expect, test } from "vitest";
import { ENOUGH, queueOf, SILENCE, Turn } from "./queue";

test("hands are in the order they were raised in, whoever came first", () => {
  const hands = { ada: 12, bob: null, eve: 3, zoe: 104 };
  expect(queueOf(["ada", "bob", "eve", "zoe"] as const, (name) => hands[name])).toEqual(["eve", "ada", "zoe"]);
});

test("a turn ends when enough was said", () => {
  const turn = new Turn();
  expect(turn.end()).toBeUndefined();
  turn.hear(true, 1_000);
  expect(turn.end()).toBe(1_000 + ENOUGH);
});

test("a breath between two sentences does not begin the turn anew", () => {
  const turn = new Turn();
  turn.hear(true, 0);
  turn.hear(false, 2_000);
  expect(turn.end()).toBeUndefined();
  turn.hear(true, 3_000);
  turn.hear(true, 3_500);
  expect(turn.end()).toBe(3_000 + ENOUGH - 2_000);
});

test("a remark long ago does not count", () => {
  const turn = new Turn();
  turn.hear(true, 0);
  turn.hear(false, 4_000);
  turn.hear(false, 5_000);
  turn.hear(true, 4_001 + SILENCE);
  expect(turn.end()).toBe(4_001 + SILENCE + ENOUGH);
});

test("what was said is enough at once", () => {
  const turn = new Turn();
  turn.hear(true, 0);
  turn.hear(false, ENOUGH + 1_000);
  turn.hear(true, ENOUGH + 2_000);
  expect(turn.end()).toBe(ENOUGH + 2_000);
});
