import { expect, test } from "vitest";
import { spaced } from "./spacing";

test("no line of French begins with a sign", () => {
  const texts = { one: "Supprimer « {{title}} » ?", more: { two: "Zoom : {{percent}} %", three: "abc-def" } };
  expect(spaced(texts)).toEqual({
    one: "Supprimer «\u00a0{{title}}\u00a0»\u00a0?",
    more: { two: "Zoom\u00a0: {{percent}}\u00a0%", three: "abc-def" },
  });
});
