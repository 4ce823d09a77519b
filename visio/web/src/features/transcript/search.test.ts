import fc from "fast-check";
import { expect, test } from "vitest";
import { matches, splitAt } from "./search";

test.each([
  ["La réunion de l’été", "REUNION", ["La ", "réunion", " de l’été"]],
  ["été comme hiver, été", "ete", ["", "été", " comme hiver, ", "été", ""]],
  ["rien", "autre", ["rien"]],
  ["rien", "  ", ["rien"]],
])("%j searched for %j", (text, search, parts) => {
  expect(splitAt(text, search)).toEqual(parts);
});

test("the parts are the text, and there are two exactly when it matches once", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (raw, search) => {
      const text = raw.normalize("NFC");
      const parts = splitAt(text, search);
      expect(parts.join("")).toBe(text);
      expect(parts.length > 1).toBe(search.trim() !== "" && matches(text, search));
    }),
  );
});
