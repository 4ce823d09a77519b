import { expect, test } from "vitest";
import { loudness } from "./useLevel";

test.each([
  [0, 0],
  [0.001, 0],
  [0.01, 40],
  [0.1, 80],
  [1, 100],
])("a constant amplitude of %d shows as %d", (amplitude, level) => {
  expect(loudness(new Float32Array(1024).fill(amplitude))).toBe(level);
});
