import { expect, test } from "vitest";
import en from "./en.json";
import fr from "./fr.json";
import { preferredLanguage } from "./index";

/** Plural forms that a language has and the other lacks (CLDR): French has "many", for millions. */
const PLURAL = /_(zero|one|two|few|many|other)$/;

function leaves(tree: object, path = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[`${path}${key}`, value] as [string, string]] : leaves(value as object, `${path}${key}.`),
  );
}

function keys(tree: object): string[] {
  return [...new Set(leaves(tree).map(([key]) => key.replace(PLURAL, "")))].sort();
}

const sources: Record<string, string> = import.meta.glob(["../**/*.{ts,tsx}", "!../**/*.test.ts"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const code = Object.values(sources).join("\n");

test("both languages have the same keys", () => {
  expect(keys(en)).toEqual(keys(fr));
});

test("both languages fill in the same values", () => {
  const holes = (text: string) => (text.match(/\{\{\w+\}\}/g) ?? []).sort();
  const english = new Map(leaves(en));
  for (const [key, text] of leaves(fr)) {
    const translated = english.get(key) ?? english.get(key.replace(/_many$/, "_other"));
    expect([key, holes(translated ?? "")]).toEqual([key, holes(text)]);
  }
});

test("no key is unused", () => {
  const used = [...code.matchAll(/["'`]([a-zA-Z]+\.[\w.${} |?"():=-]*?)["'`]/g)].map((match) => match[1] ?? "");
  const patterns = used.map((key) => new RegExp(`^${key.replace(/\$\{[^}]*\}/g, "[\\w]+").replace(/\./g, "\\.")}$`));
  expect(keys(fr).filter((key) => !patterns.some((pattern) => pattern.test(key)))).toEqual([]);
});

test("no used key is missing", () => {
  const known = new Set(keys(fr));
  const groups = Object.keys(fr).join("|");
  const used = [...code.matchAll(new RegExp(`["'\`]((?:${groups})\\.[\\w.]+)["'\`]`, "g"))].map((match) => match[1] ?? "");
  expect(used.length).toBeGreaterThan(100);
  expect(used.filter((key) => !known.has(key))).toEqual([]);
});

test("no words outside the locale files", () => {
  const words = />\s*\p{L}[\p{L} ,.’'!?]+<\/|(?:aria-label|placeholder|title|label|alt)="[^"]*\p{L}/gu;
  for (const [file, text] of Object.entries(sources)) expect([file, text.match(words)]).toEqual([file, null]);
});

test.each([
  ["en", ["fr-FR"], "en"],
  [null, ["en-US", "fr"], "en"],
  [null, ["de-DE", "fr-CH", "en"], "fr"],
  [null, ["de-DE"], "fr"],
  ["xx", [], "fr"],
])("with the choice %j and the browser's %j, the language is %s", (chosen, spoken, language) => {
  expect(preferredLanguage(chosen, spoken)).toBe(language);
});
