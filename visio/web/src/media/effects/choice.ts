import { Observable } from "../../call/state/observable";
import { keep, kept } from "../../design/kept";

/** What is shown of what is behind a person. */
export type Background = (typeof BACKGROUNDS)[number];

export const PICTURES = ["dawn", "lagoon", "office", "shelves"] as const;
export const BACKGROUNDS = ["none", "blurLight", "blurStrong", ...PICTURES, "own"] as const;

/** Why an effect was given up. */
export type EffectProblem = "failed" | "slow";

export interface ChosenBackground {
  background: Background;
  problem?: EffectProblem;
}

const KEY = "visio.background";

/** What the person wants, and what became of it: one choice for the page, as there is one camera. */
export const chosenBackground = new Observable<ChosenBackground>({ background: keptBackground() });

export function chooseBackground(background: Background): void {
  keep(KEY, background);
  chosenBackground.set({ background });
}

/** The effect cannot go on. Whoever shows the camera decides what is seen now. */
export function giveUpBackground(problem: EffectProblem): void {
  keep(KEY, "none");
  chosenBackground.set({ background: "none", problem });
}

function keptBackground(): Background {
  return BACKGROUNDS.find((background) => background === kept(KEY)) ?? "none";
}
