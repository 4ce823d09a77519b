export type Voice = "listening" | "heard" | "faint" | "silent";

/** Knows whether an open microphone hears its person. Pure: told how loud it is, and when. */
export class OwnVoice {
  private since: number | undefined;
  private loudest = 0;

  /** Note how loud it is, from 0 to 100, at that time in milliseconds. */
  note(level: number, now: number): Voice {
    this.since ??= now;
    this.loudest = Math.max(this.loudest, level);
    if (this.loudest >= SPEECH) return "heard";
    if (now - this.since < PATIENCE) return "listening";
    return this.loudest > 0 ? "faint" : "silent";
  }
}

/** Of a hundred, -60 to -10 dBFS: more calls soft voices faint, less takes a fan for a voice. */
const SPEECH = 25;
/** Milliseconds. Less tells people of a fault who just have not spoken yet, more makes them wait for the verdict. */
const PATIENCE = 10_000;
