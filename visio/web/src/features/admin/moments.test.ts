import { expect, test } from "vitest";
import { beginOf, dayAfter, endOf, exactMoment } from "./moments";

test("a day ends where the next one begins", () => {
  expect(endOf("2026-03-04")).toBe(beginOf("2026-03-05"));
  expect(endOf("2026-12-31")).toBe(beginOf("2027-01-01"));
  expect(beginOf("2028-02-29")).toBe(endOf("2028-02-28"));
});

test("what is no day has no begin and no end", () => {
  expect([beginOf(""), endOf("4 mars"), beginOf("2026-3-4")]).toEqual([undefined, undefined, undefined]);
});

test("days are counted from here", () => {
  const noon = new Date(2026, 0, 30, 12).getTime();
  expect([dayAfter(noon, 0), dayAfter(noon, 2)]).toEqual(["2026-01-30", "2026-02-01"]);
});

test("the day comes before the month in both languages", () => {
  const noon = new Date(2026, 0, 30, 12).getTime();
  expect(exactMoment(noon, "en")).toMatch(/^30\/01\/2026/);
  expect(exactMoment(noon, "fr")).toMatch(/^30\/01\/2026/);
});
