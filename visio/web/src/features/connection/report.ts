import type { TFunction } from "i18next";
import { type Result, type Results, STEPS, type Step, troubles } from "./steps";

/** Where and when a test was made. */
export interface Circumstances {
  origin: string;
  version: string;
  userAgent: string;
  at: Date;
  /** Models of the devices, where the browser tells them. */
  models: string[];
}

/** How a step went in words: what is so, and what to do where it is not well. */
export function wordsOf(step: Step, result: Result, t: TFunction): { said: string; advice: string } {
  const { said, advice, values, problem, refusal } = result;
  if (refusal) return { said: t(`problems.${refusal}.title`), advice: t(`problems.${refusal}.advice`) };
  const device = t(`deviceNames.${step === "camera" ? "camera" : "microphone"}`);
  return {
    said: problem ? t(`deviceProblems.${problem}.title`, { device }) : said ? t(`connectionTest.said.${said}`, values) : "",
    advice: advice ? t(`connectionTest.advice.${advice}`, values) : "",
  };
}

/** What the page shows as a text to send: nobody's name, no address but the server's, no token. */
export function reportOf(results: Results, { origin, version, userAgent, at, models }: Circumstances, t: TFunction): string {
  const lines = STEPS.map((step) => {
    const { said, advice } = wordsOf(step, results[step], t);
    const code = results[step].said ?? results[step].refusal ?? results[step].problem ?? "";
    return [
      `${headOf(step, results[step], t)} – ${said} [${code}]`,
      ...(advice ? [`    ${advice}`] : []),
    ].join("\n");
  });
  return [
    t("connectionTest.title"),
    `${origin} · Visio ${version}`,
    at.toISOString(),
    userAgent,
    ...(models.length > 0 ? [`USB ${models.join(", ")}`] : []),
    "",
    ...lines,
    "",
  ].join("\n");
}

/** A letter with the report, or with what is not well where programs would cut the whole. */
export function letterTo(address: string, results: Results, report: string, t: TFunction): string {
  const whole = letter(address, t("connectionTest.title"), report);
  if (whole.length <= LONGEST_LETTER) return whole;
  const broken = troubles(results).map((step) => headOf(step, results[step], t));
  return letter(address, t("connectionTest.title"), [t("connectionTest.paste"), "", ...broken, ""].join("\n"));
}

function headOf(step: Step, { state }: Result, t: TFunction): string {
  return `${t(`connectionTest.steps.${step}`)} (${t(`connectionTest.states.${state}`)})`;
}

function letter(address: string, subject: string, body: string): string {
  return `mailto:${encodeURIComponent(address).replace("%40", "@")}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body)}`;
}

/** Characters of an address that Windows hands to a mail program. */
const LONGEST_LETTER = 2_000;
