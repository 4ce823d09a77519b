import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import fr from "../locales/fr.json";
import { formatDay, formatDuration, formatPosition, formatTime } from "./format";

beforeAll(() => i18next.init({ lng: "fr", resources: { fr: { translation: fr } } }));

test.each([
  [0, "0:00"],
  [5_400, "0:05"],
  [65_000, "1:05"],
  [3_599_999, "59:59"],
  [3_600_000, "1:00:00"],
  [-1, "0:00"],
])("%d ms into the meeting is %s", (milliseconds, text) => {
  expect(formatPosition(milliseconds)).toBe(text);
});

test.each([
  [10_000, "moins d’une minute"],
  [60_000, "1 minute"],
  [59 * 60_000, "59 minutes"],
  [60 * 60_000, "1\u00a0h\u00a000"],
  [125 * 60_000, "2\u00a0h\u00a005"],
])("%d ms last %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds, i18next.t)).toBe(text);
});

test("days and times are written in the person's language", () => {
  const instant = new Date(2026, 10, 22, 9, 5).getTime();
  expect(formatDay(instant, "fr")).toBe("dimanche 22 novembre 2026");
  expect(formatDay(instant, "en")).toBe("Sunday, 22 November 2026");
  expect(formatTime(instant, "fr")).toBe("09:05");
});
