/** Why a camera or a microphone could not be opened. */
export type DeviceProblem = "denied" | "system" | "missing" | "busy" | "insecure" | "unknown";

export type Browser = "chromium" | "firefox" | "safari" | "ios";

export type System = "windows" | "mac" | "android" | "ios" | "linux";

/** Classifies what getUserMedia threw (Media Capture and Streams, §10.2). */
export function deviceProblem(error: unknown, secure: boolean): DeviceProblem {
  if (!secure) return "insecure";
  const { name = "", message = "" } = error instanceof Error ? error : {};
  if (name === "NotAllowedError") return /system/i.test(message) ? "system" : "denied";
  return BY_NAME[name] ?? "unknown";
}

/** The system whose settings the advice names. */
export function systemOf(userAgent: string): System {
  return SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "linux";
}

/** The browser whose buttons the advice names. On iOS all are Safari inside. */
export function browserOf(userAgent: string): Browser {
  if (systemOf(userAgent) === "ios") return "ios";
  if (/firefox/i.test(userAgent)) return "firefox";
  return /safari/i.test(userAgent) && !/chrom/i.test(userAgent) ? "safari" : "chromium";
}

const BY_NAME: Record<string, DeviceProblem> = {
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

const SYSTEMS: [RegExp, System][] = [
  [/android/i, "android"],
  [/iphone|ipad|ipod/i, "ios"],
  [/mac os/i, "mac"],
  [/windows/i, "windows"],
];
