/** What may be sent, and nothing else: by name, as in the locale files, what is on the wire. */
export const REACTIONS = {
  thumbsUp: "👍",
  applause: "👏",
  heart: "❤️",
  laugh: "😂",
  surprise: "😮",
  party: "🎉",
  thinking: "🤔",
  thumbsDown: "👎",
} as const;

export type Reaction = keyof typeof REACTIONS;

export const NAMES = Object.keys(REACTIONS) as Reaction[];

/** The reaction that a data packet holds; undefined for anything else that somebody may send. */
export function reactionOf(payload: Uint8Array): Reaction | undefined {
  if (payload.byteLength > LONGEST) return undefined;
  const text = new TextDecoder().decode(payload);
  return NAMES.find((name) => REACTIONS[name] === text);
}

/** How often one may react: what is more does not count. Times are milliseconds of any steady clock. */
export class Pace {
  private readonly times = new Map<string, number[]>();

  /** Whether one more of that person counts at this moment. */
  allows(identity: string, now: number): boolean {
    const recent = (this.times.get(identity) ?? []).filter((time) => time > now - WINDOW);
    const allowed = recent.length < MOST;
    if (allowed) recent.push(now);
    this.times.set(identity, recent);
    return allowed;
  }

  forget(identity: string): void {
    this.times.delete(identity);
  }
}

/** How many of each, the most frequent first. */
export function tally(reactions: readonly Reaction[]): [Reaction, number][] {
  return NAMES.map((name): [Reaction, number] => [name, reactions.filter((one) => one === name).length])
    .filter(([, count]) => count > 0)
    .sort(([, one], [, other]) => other - one);
}

/** Bytes; the longest reaction has six. */
const LONGEST = 16;

/** In so many milliseconds: more lets one person cover the stage, fewer swallows what was meant. */
export const MOST = 6;
export const WINDOW = 4_000;
