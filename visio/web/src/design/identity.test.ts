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
    fc.property(fc.string(), (name) => {
      expect(hueOf(name)).toBe(hueOf(name));
      expect(hueOf(name)).toBeLessThan(HUES);
    }),
  );
});

test("people with similar names are told apart by their colours", () => {
  const counts = new Array<number>(HUES).fill(0);
  for (let person = 0; person < 800; person++) counts[hueOf(`Guest ${person}`)]! += 1;
  for (const count of counts) expect(count).toBeGreaterThan(60);
});

test.each(["élodie petit", " Élodie Petit ", "E\u0301lodie Petit"])("%j is somebody whose colour is that of Élodie Petit", (name) => {
  expect(hueOf(name)).toBe(hueOf("Élodie Petit"));
});
