import { expect, test } from "vitest";
import { isFound } from "./finding";

const room = { title: "Comité de Région – Été", slug: "abc-defg-hij" };

test.each([
  ["", true],
  ["  ", true],
  ["comite", true],
  ["ÉTÉ région", true],
  ["defg", true],
  ["comité hiver", false],
])("%j", (search, found) => {
  expect(isFound(room, search)).toBe(found);
});
