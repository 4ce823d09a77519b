import { expect, test } from "vitest";
import { Silence } from "./silence";

/** What was said of a microphone after each of these levels, a second apart. */
function heard(...levels: number[]): boolean[] {
  const silence = new Silence();
  return levels.map((level, index) => silence.note(level, index * 1000));
}

test("nobody is told of a silence of a few seconds", () => {
  expect(heard(...Array(8).fill(0))).not.toContain(true);
});

test("a microphone that gives nothing is told of", () => {
  expect(heard(...Array(9).fill(0)).at(-1)).toBe(true);
});

test("one that was heard once works, however long the pause", () => {
  expect(heard(0, 12, ...Array(60).fill(0))).not.toContain(true);
});

test("the guidance ends with the first word", () => {
  expect(heard(...Array(12).fill(0), 5).at(-1)).toBe(false);
});
