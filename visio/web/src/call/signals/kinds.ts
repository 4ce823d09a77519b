/** What somebody may be made aware of, by a sound. */
export const KINDS = ["joined", "left", "hand", "message", "lobby"] as const;

export type Kind = (typeof KINDS)[number];

/** "auto" until a person has said something else. */
export type Wish = "auto" | "on" | "off";

/** More people than that come, go and write all the time. Higher rings more, lower leaves small meetings silent. */
export const CROWD = 20;

/** Whether that kind is to be heard with so many people inside. Who waits at the door waits in large meetings too. */
export function rings(wish: Wish, kind: Kind, people: number): boolean {
  return wish === "on" || (wish === "auto" && (kind === "lobby" || people <= CROWD));
}

/** Lets one sound through at a time. Times are milliseconds of any steady clock. */
export class Quiet {
  private until = -Infinity;

  /** Whether one may sound now. */
  ends(now: number): boolean {
    if (now < this.until) return false;
    this.until = now + LENGTH;
    return true;
  }
}

/** The title of the page's tab, with how much waits to be looked at. */
export function marked(title: string, waiting: number): string {
  return waiting > 0 ? `(${waiting > 99 ? "99+" : waiting}) ${title}` : title;
}

/** Milliseconds, of the longest sound and a breath after it. */
export const LENGTH = 600;
