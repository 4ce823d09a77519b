import type { State, Step, Tell } from "./steps";

/** One run of the test: whom to tell, and what to shut in the end. Once aborted, nobody is told any more. */
export class Trial {
  private readonly open: (() => unknown)[] = [];
  private readonly states = new Map<Step, State>();

  constructor(
    private readonly report: Tell,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener("abort", () => this.close());
  }

  readonly tell: Tell = (step, result) => {
    if (this.signal.aborted) return;
    this.states.set(step, result.state);
    this.report(step, result);
  };

  /** Something broke off: the step under way has failed, and those to come are left out. */
  breakOff(steps: readonly Step[]): void {
    for (const step of steps) {
      const state = this.states.get(step);
      if (state === "running") this.tell(step, { state: "failed", said: "brokenOff", advice: "media" });
      if (state === undefined) this.tell(step, { state: "skipped", said: "skipped" });
    }
  }

  /** Shut it when the test is over, or left. */
  closing(shut: () => unknown): void {
    this.open.push(shut);
    if (this.signal.aborted) this.close();
  }

  /** Shuts what it opened, the last first. Twice does no harm. */
  close(): void {
    for (const shut of this.open.splice(0).reverse()) shut();
  }

  /** What `look` says once it is `enough`, or when patience is over. */
  async eventually<Seen>(look: () => Promise<Seen>, enough: (seen: Seen) => boolean): Promise<Seen> {
    const until = performance.now() + PATIENCE;
    for (;;) {
      this.signal.throwIfAborted();
      const seen = await look();
      if (enough(seen) || performance.now() > until) return seen;
      await pause(LOOK);
    }
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Milliseconds that a step may take before it has failed; more makes people wait, less fails slow lines. */
export const PATIENCE = 15_000;
/** Milliseconds between looks at the statistics. */
const LOOK = 250;
