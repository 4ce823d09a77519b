import { Observable } from "../../call/state/observable";
import { keep, kept } from "../../design/kept";

const KEY = "visio.noise";

/** Whether noise is taken out of the person's voice by more than the browser does by itself. */
export const suppressesNoise = new Observable(kept(KEY) === "on");

export function chooseNoiseSuppression(on: boolean): void {
  keep(KEY, on ? "on" : "off");
  suppressesNoise.set(on);
}
