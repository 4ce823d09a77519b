import fc from "fast-check";
import { expect, test } from "vitest";
import { HUES, hueOf, initials } from "./identity";

test.each([
  ["Camille Martin", "CM"],
  ["camille", "C"],
  ["Anne-Marie de la Tour", "AT"],
  ["  élodie   petit ", "ÉP"],
  ["", "?"],
  ["👩‍🚀 Zoé", "👩Z"],
])("%j is shown as %s", (name, letters) => {
  expect(initials(name)).toBe(letters);
});

test("a person always has the same one of the colours", () => {
  fc.assert(
    fc.property(fc.string(), (id) => {
      expect(hueOf(id)).toBe(hueOf(id));
      expect(hueOf(id)).toBeLessThan(HUES);
    }),
  );
});
