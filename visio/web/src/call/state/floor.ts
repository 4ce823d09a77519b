/** Who has the floor: whoever is shown large in the speaker layout. */
export interface Floor {
  holder: string | undefined;
  /** When they took it. */
  since: number;
  /** Since when each of those who speak now does. */
  speaking: ReadonlyMap<string, number>;
}

/** Somebody has to speak so long to take the floor: less follows more quickly, and shows who only coughs. */
const TAKES = 1_000;
/** Who has it keeps it so long, so that the picture does not jump about: more is calmer and later. */
const KEEPS = 3_000;

export const NOBODY: Floor = { holder: undefined, since: 0, speaking: new Map() };

/** Who has the floor when these (the loudest first) speak at `now`, in milliseconds of any steady clock. */
export function pass(floor: Floor, identities: readonly string[], now: number): Floor {
  const speaking = new Map(identities.map((identity) => [identity, floor.speaking.get(identity) ?? now]));
  const heard = { ...floor, speaking };
  if (!floor.holder) return identities[0] ? { holder: identities[0], since: now, speaking } : heard;
  const next = successor(heard);
  return next && next.at <= now ? { holder: next.identity, since: now, speaking } : heard;
}

/** When the floor passes to somebody if nothing else happens. */
export function due(floor: Floor): number | undefined {
  return successor(floor)?.at;
}

/** While the holder speaks nobody is; then whoever spoke first, as soon as both have had their time. */
function successor({ holder, since, speaking }: Floor): { identity: string; at: number } | undefined {
  if (!holder || speaking.has(holder)) return undefined;
  const [first] = [...speaking].sort(([, a], [, b]) => a - b);
  return first && { identity: first[0], at: Math.max(first[1] + TAKES, since + KEEPS) };
}
