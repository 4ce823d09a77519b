/** Whether a machine keeps up with an effect, and how long it may rest between two frames. */
export class Pace {
  private cost = 0;
  private slowSince: number | undefined;

  /** Note what a frame took until now, both in milliseconds. */
  note(took: number, now: number): void {
    this.cost += (took - this.cost) * WEIGHT;
    if (this.cost < SLOW) this.slowSince = undefined;
    else this.slowSince ??= now;
  }

  isTooSlow(now: number): boolean {
    return this.slowSince !== undefined && now - this.slowSince >= PATIENCE;
  }

  /** Milliseconds until the next frame: never less than the last one took, so that half of the time is left for the rest. */
  rest(took: number): number {
    return Math.max(INTERVAL - took, took);
  }
}

/** Frames a second. More is smoother, and takes that much more of the processor. */
export const FRAMES = 20;
const INTERVAL = 1000 / FRAMES;
/** Of the newest frame in the mean. More gives up at a single hiccup, less notices late. */
const WEIGHT = 0.1;
/** Milliseconds: below three frames a second, with rests, others no longer see a person move. */
const SLOW = 170;
/** Milliseconds. A machine that is busy for a moment is not too slow. */
const PATIENCE = 8_000;
