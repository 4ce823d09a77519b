/** Those whose hands are raised, the earliest first. */
export function queueOf<Person>(people: readonly Person[], handOf: (person: Person) => number | null): Person[] {
  return people
    .flatMap((person) => {
      const hand = handOf(person);
      return hand === null ? [] : [{ person, hand }];
    })
    .sort((one, other) => one.hand - other.hand)
    .map(({ person }) => person);
}

/** How long somebody who asked for the floor has had it. Times are milliseconds of any steady clock. */
export class Turn {
  private spoken = 0;
  private since: number | undefined;
  private until = 0;

  /** They speak from now on, or no longer. */
  hear(speaking: boolean, now: number): void {
    if (speaking && this.since === undefined) {
      if (now - this.until > SILENCE) this.spoken = 0;
      this.since = now;
    } else if (!speaking && this.since !== undefined) {
      this.spoken += now - this.since;
      this.since = undefined;
      this.until = now;
    }
  }

  /** When their turn will have been long enough, if they go on speaking; undefined while they are silent. */
  end(): number | undefined {
    return this.since === undefined ? undefined : this.since + Math.max(0, ENOUGH - this.spoken);
  }
}

/** Of speech, after which the hand has served. Longer leaves hands up that were heard, shorter lowers them at a "yes". */
export const ENOUGH = 5_000;

/** Of silence, after which what was said before no longer counts: it was a remark. */
export const SILENCE = 10_000;
