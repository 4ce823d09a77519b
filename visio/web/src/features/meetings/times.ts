import { WEEKDAYS, type Weekday } from "../../api/scheduled";

/** A day and two times of day, as people type them. */
export interface When {
  day: string;
  begins: string;
  ends: string;
}

/** An hour from the next full one on, by the clock of this browser. */
export function nextHour(now: Date): When {
  const begins = new Date(now);
  begins.setHours(now.getHours() + 1, 0, 0, 0);
  const ends = new Date(begins);
  ends.setHours(begins.getHours() + 1);
  return { day: localDay(begins), begins: localTime(begins), ends: localTime(ends) };
}

/** The times that the server is told; an end before the beginning is on the day after. */
export function timesOf({ day, begins, ends }: When): { begins: string; ends: string } {
  const last = ends > begins ? day : dayAfter(day);
  return { begins: `${day}T${begins}`, ends: `${last}T${ends}` };
}

export function whenOf(begins: string, ends: string): When {
  return { day: begins.slice(0, 10), begins: begins.slice(11, 16), ends: ends.slice(11, 16) };
}

/** When something is by the clocks of a zone. */
export function whenIn(zone: string, begins: number, ends: number): When {
  // Swedish writes dates and times as ISO 8601 does.
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  const local = (instant: number) => format.format(instant).replace(" ", "T");
  return whenOf(local(begins), local(ends));
}

export function weekdayOf(day: string): Weekday {
  const number = new Date(`${day}T12:00Z`).getUTCDay();
  return WEEKDAYS[(number + 6) % 7] ?? "MO";
}

/** Which of its weekday a day is in its month, 1 to 4; 5 stands for the last. */
export function nthOf(day: string): number {
  return Math.ceil(Number(day.slice(8, 10)) / 7);
}

/** Addresses as people separate them, once each. */
export function addressesOf(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
}

export function zones(own: string): string[] {
  return [...new Set([own, ...Intl.supportedValuesOf("timeZone"), "UTC"])];
}

function dayAfter(day: string): string {
  const date = new Date(`${day}T12:00Z`);
  date.setUTCDate(date.getUTCDate() + 1);
  return date.toISOString().slice(0, 10);
}

function localDay(date: Date): string {
  return [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
}

function localTime(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
