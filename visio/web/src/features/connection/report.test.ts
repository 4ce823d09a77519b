import { createInstance } from "i18next";
import { expect, test } from "vitest";
import fr from "../../locales/fr.json";
import { letterTo, reportOf } from "./report";
import { type Results, STEPS, untested } from "./steps";

const i18n = createInstance({ lng: "fr", resources: { fr: { translation: fr } }, interpolation: { escapeValue: false } });
await i18n.init();
const { t } = i18n;

const circumstances = {
  origin: "https://visio.example.org",
  version: "1.2.3",
  userAgent: "Mozilla/5.0 Firefox/140.0",
  at: new Date("2026-11-23T09:30:00Z"),
  models: ["046d:0a38"],
};

function results(): Results {
  const all = untested();
  for (const step of STEPS) all[step] = { state: "ok" };
  all.udp = { state: "warning", said: "udpByTcp", advice: "udp", values: { host: "visio.example.org", udp: "7882", tcp: 7882 } };
  all.microphone = { state: "failed", said: "microphoneFailed", problem: "busy" };
  all.signalling = { state: "warning", refusal: "too_many_attempts" };
  return all;
}

test("the report says how each step went, what to open and by which code", () => {
  const report = reportOf(results(), circumstances, t);
  for (const said of [
    "https://visio.example.org · Visio 1.2.3",
    "2026-11-23T09:30:00.000Z",
    "USB 046d:0a38",
    "UDP vers visio.example.org, ports : 7882",
    "[udpByTcp]",
    "Le micro : déjà utilisé ailleurs",
    fr.problems.too_many_attempts.title,
  ])
    expect(report).toContain(said);
  expect(report).not.toContain("connectionTest.");
});

test("a letter that programs would cut asks to paste, and names what is not well", () => {
  const whole = letterTo("aide@example.org", results(), "court", t);
  expect(whole).toBe("mailto:aide@example.org?subject=Test%20de%20connexion&body=court");
  const letter = decodeURIComponent(letterTo("aide@example.org", results(), "long ".repeat(1000), t));
  expect(letter).toContain(fr.connectionTest.paste);
  expect(letter).toContain("Son et image en UDP (à voir)");
  expect(letter).not.toContain("long long");
});
