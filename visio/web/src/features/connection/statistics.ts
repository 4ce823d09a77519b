/** What WebRTC's statistics say, as far as a test asks. Pure. */

export type Statistics = Iterable<Record<string, unknown>>;

/** The way on which media go. */
export interface Way {
  protocol: string;
  relayed: boolean;
  /** Milliseconds; undefined while nothing was measured. */
  roundTrip: number | undefined;
}

/** The candidate pair in use (Identifiers for WebRTC's Statistics, §8.10). */
export function wayOf(statistics: Statistics): Way | undefined {
  const all = [...statistics];
  const find = (id: unknown) => all.find((one) => one.id === id);
  const transport = all.find(({ type, selectedCandidatePairId }) => type === "transport" && selectedCandidatePairId);
  const pair =
    find(transport?.selectedCandidatePairId) ??
    // Firefox has no transports among its statistics.
    all.find(({ type, state, nominated }) => type === "candidate-pair" && state === "succeeded" && nominated);
  const local = find(pair?.localCandidateId);
  if (!pair || !local) return undefined;
  const seconds = pair.currentRoundTripTime;
  return {
    protocol: String(local.protocol).toLowerCase(),
    relayed: local.candidateType === "relay",
    roundTrip: typeof seconds === "number" ? Math.round(seconds * 1000) : undefined,
  };
}

/** How many of something have come or gone, over all streams of a kind. */
export function counted(statistics: Statistics, type: string, kind: string, what: string): number {
  return [...statistics]
    .filter((one) => one.type === type && one.kind === kind)
    .reduce((sum, one) => sum + Number(one[what] ?? 0), 0);
}
