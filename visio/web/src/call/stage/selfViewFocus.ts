import { flushSync } from "react-dom";
import { selfView } from "../state/view";

/** The way back to one's own picture has this id. */
export const SELF_BACK = "self-back";

/** Hides one's own picture, or shows it; the focus goes to what undoes that, since what was pressed is gone. */
export function toggleSelf(view: "shown" | "hidden"): void {
  flushSync(() => selfView.set(view));
  const undo = view === "hidden" ? `#${SELF_BACK}` : ".tile.mine .tile-tool";
  document.querySelector<HTMLElement>(undo)?.focus();
}
