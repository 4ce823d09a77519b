import type { JoinAnswer, JoinRequest } from "./call";
import { Problem, request } from "./request";

/** What somebody who waits is told; the hosts' own words may come with it. */
export interface Wait {
  state: "absent" | "asked" | "locked" | "restarting";
  message: string;
}

/** Somebody whom hosts see waiting. */
export interface Knock {
  id: string;
  name: string;
  kind: "guest" | "account";
  /** Milliseconds since 1970. */
  since: number;
}

/** What hosts are shown of the lobby; of two, the one of the higher version is the newer. */
export interface WaitingList {
  version: number;
  message: string;
  waiting: Knock[];
}

interface Frame {
  state: Wait["state"] | "admitted" | "denied" | "elsewhere" | "expired" | "full";
  message?: string;
  entry?: JoinAnswer;
}

/**
 * Asks to be let in, and resolves once somebody has. Rejects with a Problem when the answer is no, and with the
 * signal's reason when the person stops waiting. A connection that breaks meanwhile is made anew.
 */
export async function knock(
  slug: string,
  asked: JoinRequest,
  onWait: (wait: Wait) => void,
  signal: AbortSignal,
): Promise<JoinAnswer> {
  for (let told = false; ; ) {
    const last = await visit(slug, asked, signal, (frame) => {
      told = true;
      if (isWait(frame)) onWait({ state: frame.state, message: frame.message ?? "" });
    });
    signal.throwIfAborted();
    if (last?.entry) return last.entry;
    if (last && !isWait(last)) throw new Problem(`lobby_${last.state}`, 403);
    // Before the upgrade browsers hide why a socket was refused; those who ask too often are.
    if (!told) throw new Problem("too_many_attempts", 429);
    await pause(AGAIN, signal);
  }
}

export function readWaiting(slug: string, token: string): Promise<WaitingList> {
  return request("GET", `${path(slug)}/waiting`, { token });
}

/** Without `knocks`: everybody who waits. */
export function admit(slug: string, token: string, knocks?: string[]): Promise<void> {
  return request("POST", `${path(slug)}/waiting/admit`, { token, body: { knocks: knocks ?? null } });
}

export function deny(slug: string, token: string, knocks?: string[], ban = false): Promise<void> {
  return request("POST", `${path(slug)}/waiting/deny`, { token, body: { knocks: knocks ?? null, ban } });
}

export function tellWaiting(slug: string, token: string, text: string): Promise<void> {
  return request("PUT", `${path(slug)}/waiting/message`, { token, body: { text } });
}

/** One socket, until it closes; resolves to the last frame. */
function visit(
  slug: string,
  asked: JoinRequest,
  signal: AbortSignal,
  onFrame: (frame: Frame) => void,
): Promise<Frame | undefined> {
  return new Promise((resolve) => {
    let last: Frame | undefined;
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/v1${path(slug)}/lobby`);
    const close = () => socket.close();
    signal.addEventListener("abort", close);
    socket.onopen = () => socket.send(JSON.stringify(asked));
    socket.onmessage = ({ data }) => {
      last = JSON.parse(String(data)) as Frame;
      onFrame(last);
    };
    socket.onclose = () => {
      signal.removeEventListener("abort", close);
      resolve(last);
    };
  });
}

function isWait(frame: Frame): frame is Frame & Wait {
  return frame.state === "absent" || frame.state === "asked" || frame.state === "locked";
}

/** Resolves after a while; rejects with the signal's reason. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

function path(slug: string): string {
  return `/rooms/${encodeURIComponent(slug)}`;
}

// Milliseconds; the server lets a browser ask ten times a minute.
const AGAIN = 7_000;
