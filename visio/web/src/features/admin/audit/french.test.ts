import { expect, test } from "vitest";
import { melted } from "./french";

test.each([
  ["Ada a changé le mot de passe de le compte Ada.", "le compte Ada", "Ada a changé le mot de passe du compte Ada."],
  ["Ada a donné un rôle à le compte $& Cie.", "le compte $& Cie", "Ada a donné un rôle au compte $& Cie."],
  ["Ada a créé le salon Conseil.", "le salon Conseil", "Ada a créé le salon Conseil."],
  ["Ada a lu la synthèse de la réunion X.", "la réunion X", "Ada a lu la synthèse de la réunion X."],
])("%s", (sentence, what, said) => {
  expect(melted(sentence, what)).toBe(said);
});
