import type { Result } from "./steps";

/** What a browser is able to. */
export interface Abilities {
  connections: boolean;
  sockets: boolean;
  /** Of sound and picture, as they are called in SDP. */
  codecs: string[];
}

/** What this browser is able to. */
export function abilities(): Abilities {
  const connections = typeof RTCPeerConnection === "function";
  return { connections, sockets: typeof WebSocket === "function", codecs: connections ? codecs() : [] };
}

function codecs(): string[] {
  const kinds = ["audio", "video"].flatMap((kind) => RTCRtpSender.getCapabilities?.(kind)?.codecs ?? []);
  const names = kinds.map(({ mimeType }) => mimeType.replace(/^.*\//, ""));
  return [...new Set(names)].filter((name) => KNOWN.includes(name.toLowerCase()));
}

/** Whether a browser of that description can hold a meeting. Pure. */
export function browserResult(userAgent: string, able: Abilities): Result {
  const { name, version } = browserOf(userAgent);
  const values = { name, version, codecs: able.codecs.join(", ") };
  if (!able.connections || !able.sockets) return { state: "failed", said: "browserFailed", values, advice: "browser" };
  const missing = NEEDED.filter((codec) => !able.codecs.some((one) => one.toLowerCase() === codec));
  // What tells nothing of its codecs is given the benefit of the doubt: what follows shows it.
  if (able.codecs.length > 0 && missing.length > 0)
    return { state: "failed", said: "codecsMissing", values: { ...values, missing: missing.join(", ") }, advice: "browser" };
  return { state: "ok", said: able.codecs.length > 0 ? "browserOk" : "browserSilent", values };
}

/** Name and main version of a browser, as it calls itself. */
export function browserOf(userAgent: string): { name: string; version: string } {
  for (const [name, pattern] of BROWSERS) {
    const version = pattern.exec(userAgent)?.[1];
    if (version) return { name, version };
  }
  return { name: "?", version: "?" };
}

/** Those that also say that they are another come first. */
const BROWSERS: [string, RegExp][] = [
  ["Edge", /Edg(?:A|iOS)?\/(\d+)/],
  ["Opera", /OPR\/(\d+)/],
  ["Firefox", /(?:Firefox|FxiOS)\/(\d+)/],
  ["Chrome", /(?:Chrome|CriOS)\/(\d+)/],
  ["Safari", /Version\/(\d+).* Safari\//],
];

const KNOWN = ["opus", "vp8", "vp9", "h264", "av1"];
/** What meetings of this service are made of. */
const NEEDED = ["opus", "vp8"];
