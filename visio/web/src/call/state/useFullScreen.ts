import { useEffect, useState } from "react";
import { useCall } from "./CallContext";
import { useObservable } from "./hooks";

/** Milliseconds after which the bars go, when nobody moves: more hides less, for longer. */
const STILL = 3_000;

/** Whether something fills the screen, and whether somebody looks on without moving; Escape ends it. */
export function useFullScreen(): { full: boolean; still: boolean } {
  const { view } = useCall();
  const full = useObservable(view.full) !== undefined;
  useEffect(() => view.unfill, [view]);
  useEffect(() => {
    if (!full) return;
    const handleChange = () => !document.fullscreenElement && view.unfill();
    // The browser's own full screen ends by itself; this is for where there is none.
    const handleKey = (event: KeyboardEvent) => event.key === "Escape" && view.unfill();
    document.addEventListener("fullscreenchange", handleChange);
    window.addEventListener("keydown", handleKey);
    return () => {
      document.removeEventListener("fullscreenchange", handleChange);
      window.removeEventListener("keydown", handleKey);
    };
  }, [full, view]);
  return { full, still: useStill(full) };
}

function useStill(watched: boolean): boolean {
  const [still, setStill] = useState(false);
  useEffect(() => {
    if (!watched) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    function stir() {
      clearTimeout(timer);
      timer = setTimeout(() => setStill(true), STILL);
      setStill(false);
    }
    stir();
    for (const event of STIRRING) window.addEventListener(event, stir);
    return () => {
      clearTimeout(timer);
      setStill(false);
      for (const event of STIRRING) window.removeEventListener(event, stir);
    };
  }, [watched]);
  return still;
}

const STIRRING = ["pointermove", "pointerdown", "keydown", "focusin"] as const;
