import { expect, test } from "vitest";
import { slugIn } from "./slug";

test.each([
  ["abc-defg-hij", "abc-defg-hij"],
  ["  ABC-defg-hij ", "abc-defg-hij"],
  ["https://visio.example/abc-defg-hij", "abc-defg-hij"],
  ["https://visio.example/abc-defg-hij/?x=1#y", "abc-defg-hij"],
  ["comite-2026", "comite-2026"],
  ["", undefined],
  ["-abc", undefined],
  ["two words", undefined],
])("%j leads to %s", (typed, slug) => {
  expect(slugIn(typed)).toBe(slug);
});
