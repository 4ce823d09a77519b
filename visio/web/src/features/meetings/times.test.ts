import { expect, test } from "vitest";
import { addressesOf, nextHour, nthOf, timesOf, weekdayOf, whenIn, zones } from "./times";

test("a new meeting is the next full hour", () => {
  expect(nextHour(new Date(2026, 10, 23, 9, 12))).toEqual({ day: "2026-11-23", begins: "10:00", ends: "11:00" });
  expect(nextHour(new Date(2026, 11, 31, 23, 59))).toEqual({ day: "2027-01-01", begins: "00:00", ends: "01:00" });
});

test("a meeting may end on the day after", () => {
  expect(timesOf({ day: "2026-12-31", begins: "23:00", ends: "01:00" })).toEqual({
    begins: "2026-12-31T23:00",
    ends: "2027-01-01T01:00",
  });
});

test("times are those of the meeting's zone", () => {
  const begins = Date.UTC(2026, 10, 23, 23, 30);
  expect(whenIn("Europe/Paris", begins, begins + 3_600_000)).toEqual({ day: "2026-11-24", begins: "00:30", ends: "01:30" });
});

test.each([
  ["2026-11-02", "MO", 1],
  ["2026-11-22", "SU", 4],
  ["2026-11-30", "MO", 5],
])("%s is a %s, number %i of its month", (day, weekday, nth) => {
  expect([weekdayOf(day), nthOf(day)]).toEqual([weekday, nth]);
});

test("addresses are separated as people do", () => {
  expect(addressesOf(" a@b.fr, c@d.fr;\n e@f.fr a@b.fr ")).toEqual(["a@b.fr", "c@d.fr", "e@f.fr"]);
  expect(addressesOf("  ")).toEqual([]);
});

test("one's own zone comes first, and once", () => {
  const all = zones("Europe/Paris");
  expect(all[0]).toBe("Europe/Paris");
  expect(all.filter((zone) => zone === "Europe/Paris")).toHaveLength(1);
  expect(all).toContain("UTC");
});
