import type { DeviceProblem } from "../../media/problems";

/** What is tested, in the order in which it is shown. */
export const STEPS = [
  "browser",
  "microphone",
  "camera",
  "speaker",
  "signalling",
  "clock",
  "udp",
  "publish",
  "receive",
  "roundTrip",
  "tcp",
  "relay",
] as const;

export type Step = (typeof STEPS)[number];
/** "asked" waits for the person's own answer, and nothing waits for it. */
export type State = "waiting" | "running" | "asked" | "ok" | "warning" | "failed" | "skipped";

/** How a step went; `said` and `advice` are keys of the locale files. */
export interface Result {
  state: State;
  said?: string;
  advice?: string;
  /** What fills both. */
  values?: Record<string, string | number>;
  /** Of a device that could not be opened. */
  problem?: DeviceProblem;
  /** Why the server did not want to: a key of `problems`. */
  refusal?: string;
}

export type Results = Record<Step, Result>;
export type Verdict = "ok" | "warning" | "failed";
export type Tell = (step: Step, result: Result) => void;

export function untested(): Results {
  return Object.fromEntries(STEPS.map((step) => [step, { state: "waiting" }])) as Results;
}

/** Whether no step waits or runs any more. */
export function isOver(results: Results): boolean {
  return STEPS.every((step) => !["waiting", "running"].includes(results[step].state));
}

/** The worst of all that is known. */
export function verdict(results: Results): Verdict {
  const weighed = new Set(troubles(results).map((step) => results[step].state));
  return weighed.has("failed") ? "failed" : weighed.has("warning") ? "warning" : "ok";
}

/** The steps that somebody should do something about. Who goes by UDP does not need the other ways. */
export function troubles(results: Results): Step[] {
  const spare = results.udp.state === "ok" ? SPARE : [];
  return STEPS.filter((step) => {
    const { state } = results[step];
    return (state === "failed" || state === "warning") && !spare.includes(step);
  });
}

const SPARE: Step[] = ["tcp", "relay"];

/** How the server's clock and this computer's agree; `before` and `after` are this one's, all in ms. */
export function clockResult(server: number, before: number, after: number): Result {
  const ahead = (before + after) / 2 - server;
  // Whoever waited long for the answer cannot tell: half of that may be the fault of the way.
  if (Math.abs(ahead) <= TOLERANCE + (after - before) / 2) return { state: "ok", said: "clockOk" };
  const values = { seconds: Math.round(Math.abs(ahead) / 1000) };
  return { state: "warning", said: ahead > 0 ? "clockAhead" : "clockBehind", values, advice: "clock" };
}

/** Milliseconds: sign-in by code tolerates half a minute, and nobody misses a meeting by less. */
const TOLERANCE = 30_000;

/** What came within some seconds: of media, and of what was lost on the way. */
export interface Heard {
  received: number;
  lost: number;
}

/** Whether the way is quick and whole enough to talk over; `ms` there and back, undefined while unknown. */
export function wayResult(ms: number | undefined, before: Heard, after: Heard): Result {
  if (ms === undefined) return { state: "skipped", said: "skipped" };
  const [received, lost] = [after.received - before.received, Math.max(0, after.lost - before.lost)];
  const loss = Math.round((1000 * lost) / Math.max(1, received + lost)) / 10;
  const values = { ms, loss };
  if (ms <= SLOW && loss <= LOSSY) return { state: "ok", said: "roundTripOk", values };
  return { state: "warning", said: loss > LOSSY ? "lossy" : "roundTripSlow", values, advice: "roundTrip" };
}

/** Milliseconds there and back beyond which people begin to speak at the same time (ITU-T G.114: 150 one way). */
const SLOW = 300;
/** Per cent lost beyond which repair is seen: faces freeze, more words are made up. */
const LOSSY = 5;
