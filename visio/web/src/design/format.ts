import type { TFunction } from "i18next";

/** A position in a meeting: "4:05", or "1:04:05" from the first hour on. */
export function formatPosition(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const tail = String(rest).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** How long something lasted, in words; less than a minute is said as such. */
export function formatDuration(milliseconds: number, t: TFunction): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 1) return t("duration.moment");
  if (minutes < 60) return t("duration.minutes", { count: minutes });
  return t("duration.hours", { hours: Math.floor(minutes / 60), minutes: String(minutes % 60).padStart(2, "0") });
}

export function formatTime(instant: number | Date, language: string): string {
  return new Intl.DateTimeFormat(region(language), { hour: "2-digit", minute: "2-digit" }).format(instant);
}

export function formatDay(instant: number, language: string): string {
  return new Intl.DateTimeFormat(region(language), { dateStyle: "full" }).format(instant);
}

export function formatDate(instant: number, language: string): string {
  return new Intl.DateTimeFormat(region(language), { dateStyle: "medium" }).format(instant);
}

/** A day and a time, short: for tables. */
export function formatMoment(instant: number, language: string): string {
  return new Intl.DateTimeFormat(region(language), { dateStyle: "medium", timeStyle: "short" }).format(instant);
}

/** The name of a weekday, counted from Monday 0. */
export function formatWeekday(number: number, language: string): string {
  // The first Monday of 2024 was its first day.
  return new Intl.DateTimeFormat(region(language), { weekday: "long", timeZone: "UTC" }).format(
    Date.UTC(2024, 0, 1 + number),
  );
}

/** As dates are written here: the English of Europe. */
export function region(language: string): string {
  return language === "en" ? "en-GB" : "fr-FR";
}
