import { expect, test } from "vitest";
import { asMarkdown, asText, fileName } from "./export";

const written = {
  title: "Comité *stratégique*",
  date: "dimanche 22 novembre 2026",
  passages: [
    { name: "Camille", startedAt: 4_000, lines: [{ text: " Bonjour. " }, { text: "On commence ?" }] },
    { name: "Salle 2, voix 1", startedAt: 3_661_000, lines: [{ text: "Oui [enfin]." }] },
  ],
};

test("plain text has the time, the speaker and the words", () => {
  expect(asText(written)).toBe(
    "Comité *stratégique*\ndimanche 22 novembre 2026\n\n" +
      "[0:04] Camille\nBonjour. On commence ?\n\n[1:01:01] Salle 2, voix 1\nOui [enfin].\n",
  );
});

test("Markdown shows what was said, not what it would mean to Markdown", () => {
  const text = asMarkdown(written);
  expect(text).toContain("# Comité \\*stratégique\\*\n");
  expect(text).toContain("**Camille** (0:04)\n\nBonjour. On commence ?");
  expect(text).toContain("Oui \\[enfin\\].");
});

test.each([
  ["Comité d’été", "2026-11-22-comite-d-ete"],
  ["../../etc/passwd", "2026-11-22-etc-passwd"],
  ["会議", "2026-11-22"],
])("the file of %j is called %s", (title, name) => {
  expect(fileName(title, Date.UTC(2026, 10, 22, 10))).toBe(name);
});
