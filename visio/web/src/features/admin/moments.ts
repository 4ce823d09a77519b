import { region } from "../../design/format";

/** A day that is over, or to come: "4 mars 2026". */
export function shortDay(instant: number, language: string): string {
  return new Intl.DateTimeFormat(region(language), { dateStyle: "medium" }).format(instant);
}

/** To the second, as a record has it. */
export function exactMoment(instant: number, language: string): string {
  return new Intl.DateTimeFormat(region(language), { dateStyle: "short", timeStyle: "medium" }).format(instant);
}

const DAY = 86_400_000;

/** The day so many days from an instant, as a field for days has it. */
export function dayAfter(instant: number, days: number): string {
  const at = new Date(instant + days * DAY);
  const digits = (number: number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${digits(at.getMonth() + 1)}-${digits(at.getDate())}`;
}

/** The first instant of a day, here; undefined for what is none. */
export function beginOf(day: string): number | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  return found ? new Date(Number(found[1]), Number(found[2]) - 1, Number(found[3])).getTime() : undefined;
}

/** The first instant after a day, here. */
export function endOf(day: string): number | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  return found ? new Date(Number(found[1]), Number(found[2]) - 1, Number(found[3]) + 1).getTime() : undefined;
}
