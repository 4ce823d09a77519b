/** What of others is fetched: all of it, small cameras and shared screens as stills, or voices alone. */
export type Use = (typeof USES)[number];

export const USES = ["full", "saving", "audio"] as const;

/** Decides how much of the network to use. Each step down comes soon, each step up late, and later after a relapse. */
export class Thrift {
  use: Use = "full";
  private isBad = false;
  private since: number | undefined;
  private roseAt: number | undefined;
  private patience = CALM;

  /** Note whether the network carries too little, at that time in milliseconds; what to use from now on. */
  note(isBad: boolean, now: number): Use {
    if (isBad !== this.isBad || this.since === undefined) {
      this.isBad = isBad;
      this.since = now;
    }
    const lasted = now - this.since;
    if (isBad && lasted >= TROUBLE[this.use]) this.fall(now);
    else if (!isBad && this.use !== "full" && lasted >= this.patience) this.rise(now);
    if (this.roseAt !== undefined && now - this.roseAt >= RELAPSE) this.patience = CALM;
    return this.use;
  }

  private fall(now: number): void {
    const isRelapse = this.roseAt !== undefined && now - this.roseAt < RELAPSE;
    if (isRelapse) this.patience = Math.min(2 * this.patience, MOST_PATIENCE);
    this.roseAt = undefined;
    this.step(1, now);
  }

  private rise(now: number): void {
    this.roseAt = now;
    this.step(-1, now);
  }

  private step(by: number, now: number): void {
    this.use = USES[USES.indexOf(this.use) + by] ?? this.use;
    this.since = now;
  }
}

/** Milliseconds of trouble that are borne. Less reacts to a passing lorry, more leaves voices broken for longer. */
const TROUBLE: Record<Use, number> = { full: 6_000, saving: 15_000, audio: Number.POSITIVE_INFINITY };
/** Milliseconds without trouble before more is tried. Less swings to and fro, more hides people for longer. */
const CALM = 20_000;
/** Milliseconds in which trouble after a step up is that step's fault. */
const RELAPSE = 60_000;
const MOST_PATIENCE = 300_000;
