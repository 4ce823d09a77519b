import { isUpright, type Stage } from "./layout";

/** What may be on the stage: somebody, or what they show. */
export interface Subject {
  /** As in `keyOf`. */
  key: string;
  kind: "person" | "share";
  identity: string;
  mine: boolean;
}

export const LAYOUT_CHOICES = ["auto", "grid", "speaker", "sidebar"] as const;
export type LayoutChoice = (typeof LAYOUT_CHOICES)[number];

/** All that decides what is shown how. */
export interface Scene {
  /** Shares in the order in which they began, then people, oneself first. */
  subjects: Subject[];
  choice: LayoutChoice;
  /** The key of what I want large. */
  pinned: string | undefined;
  /** The identity of who is large for everyone, by a host's choice. */
  spotlight: string | undefined;
  /** The identity of who has the floor. */
  speaker: string | undefined;
  /** The key of what I want to see alone. */
  alone: string | undefined;
}

/** One large and the others beside it; or, without a large one, all alike. */
export interface Composition {
  layout: "grid" | "speaker" | "sidebar";
  large: Subject | undefined;
  others: Subject[];
}

/** Lower or narrower than this, a picture beside the large one leaves too little of both. */
const LEAST: Stage = { width: 480, height: 240 };
/** From here on a column beside the large one takes less from it than a strip above it. */
const WIDE = 640;

export function keyOf(kind: Subject["kind"], identity: string): string {
  return `${kind}:${identity}`;
}

export function compose(scene: Scene, stage: Stage): Composition {
  const { subjects, choice, pinned, alone } = scene;
  const only = subjects.find(({ key }) => key === alone);
  if (only) return { layout: "speaker", large: only, others: [] };
  const wanted = wantedOf(scene);
  const large = wanted ?? (choice === "speaker" || choice === "sidebar" ? speakerOf(scene) : undefined);
  const ranked = [...subjects].sort((a, b) => rank(a, large, scene) - rank(b, large, scene));
  const inGrid = choice === "grid" && large?.key !== pinned;
  if (!large || inGrid || isTooSmall(stage) || (subjects.length === 1 && large.kind === "person"))
    return { layout: "grid", large: undefined, others: ranked };
  return { layout: asideOf(choice, stage), large, others: ranked.filter((subject) => subject !== large) };
}

/** What is shown where there is room for one only: nothing of one's own but oneself alone. */
export function frontOf(scene: Scene): Subject | undefined {
  const wanted = wantedOf(scene);
  return wanted?.kind === "share" && wanted.mine ? speakerOf(scene) : (wanted ?? speakerOf(scene));
}

/** What somebody's act makes large: mine, then what is shown (the newest, of others first), then the hosts'. */
function wantedOf({ subjects, pinned, spotlight }: Scene): Subject | undefined {
  const shares = subjects.filter(({ kind }) => kind === "share");
  return (
    subjects.find(({ key }) => key === pinned) ??
    shares.findLast(({ mine }) => !mine) ??
    shares.at(-1) ??
    subjects.find(({ kind, identity }) => kind === "person" && identity === spotlight)
  );
}

/** Who has the floor, or whoever came first; oneself only when alone. */
function speakerOf({ subjects, speaker }: Scene): Subject | undefined {
  const people = subjects.filter(({ kind }) => kind === "person");
  const others = people.filter(({ mine }) => !mine);
  return others.find(({ identity }) => identity === speaker) ?? others[0] ?? people[0];
}

function rank(subject: Subject, large: Subject | undefined, { spotlight }: Scene): number {
  if (subject === large) return 0;
  if (subject.kind === "share") return 1;
  return subject.identity === spotlight ? 2 : 3;
}

function asideOf(choice: LayoutChoice, stage: Stage): "speaker" | "sidebar" {
  if (stage.height < LEAST.height) return "sidebar";
  if (isUpright(stage) || stage.width < WIDE) return "speaker";
  return choice === "speaker" ? "speaker" : "sidebar";
}

function isTooSmall({ width, height }: Stage): boolean {
  return width < LEAST.width && height < LEAST.height;
}
