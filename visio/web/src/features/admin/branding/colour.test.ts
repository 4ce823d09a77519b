import { expect, test } from "vitest";
import { colourOf } from "./colour";

test.each([
  ["", ""],
  ["  ", ""],
  ["#6A1B9A", "#6a1b9a"],
  [" 6a1b9a ", "#6a1b9a"],
  ["#6a1b9", undefined],
  ["#6a1b9aa", undefined],
  ["red", undefined],
  ["##a1b9aa", undefined],
])("%j is the colour %j", (typed, colour) => {
  expect(colourOf(typed)).toBe(colour);
});
