import * as fc from "fast-check";
import { expect, test } from "vitest";
import { MOST, NAMES, Pace, REACTIONS, reactionOf, tally, WINDOW } from "./reactions";

const encoded = (text: string) => new TextEncoder().encode(text);

test.each(NAMES)("%s is understood as it is sent", (name) => {
  expect(reactionOf(encoded(REACTIONS[name]))).toBe(name);
});

test.each(["", "applause", "👏👏", "👏 ", "💩", "<b>👏</b>", "👏".repeat(50_000), "__proto__", "toString"])(
  "%j is no reaction",
  (text) => {
    expect(reactionOf(encoded(text))).toBeUndefined();
  },
);

test("no bytes at all do harm", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (payload) => {
      const reaction = reactionOf(payload);
      expect(reaction === undefined || NAMES.includes(reaction)).toBe(true);
    }),
  );
});

test("one person's flood does not count, and takes nothing from others", () => {
  const pace = new Pace();
  const counted = Array.from({ length: 100 }, (_, index) => pace.allows("ada", index));
  expect(counted.filter(Boolean)).toHaveLength(MOST);
  expect(pace.allows("bob", 100)).toBe(true);
  expect(pace.allows("ada", WINDOW + MOST - 1)).toBe(true);
});

test("the most frequent is named first", () => {
  expect(tally(["heart", "applause", "applause", "heart", "applause"])).toEqual([
    ["applause", 3],
    ["heart", 2],
  ]);
  expect(tally([])).toEqual([]);
});
