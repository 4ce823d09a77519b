/** Knows when a microphone that is open has given nothing yet. */
export class Silence {
  private since: number | undefined;
  private isOver = false;

  /** Note how loud it is, from 0 to 100, at that time in milliseconds; whether the person should be told. */
  note(level: number, now: number): boolean {
    this.since ??= now;
    // Once heard it works: what follows is somebody who says nothing.
    if (level > 0) this.isOver = true;
    return !this.isOver && now - this.since >= PATIENCE;
  }
}

/** Milliseconds. Less tells people of a fault who just have not spoken yet, more lets them join unheard. */
const PATIENCE = 8_000;
