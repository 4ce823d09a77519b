import { Choice } from "./choice";

/** What texts are set in. Each but the first is fetched, from our own origin, when it is chosen. */
export const FONT = new Choice("visio.font", ["lexend", "atkinson", "opendyslexic", "system"]);

export const TEXT_SIZE = new Choice("visio.text-size", ["normal", "large", "larger", "largest"]);

/** Sets every page in what was chosen, now and whenever that changes. */
export function followReading(): void {
  for (const choice of [FONT, TEXT_SIZE]) choice.subscribe(apply);
  apply();
}

function apply(): void {
  const { dataset } = document.documentElement;
  dataset.font = FONT.get();
  dataset.textSize = TEXT_SIZE.get();
  void FACES[FONT.get()]?.();
}

const FACES: Partial<Record<string, () => Promise<unknown>>> = {
  atkinson: () => import("./fonts/atkinson"),
  opendyslexic: () => import("./fonts/opendyslexic"),
};
