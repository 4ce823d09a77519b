import { useEffect } from "react";
import { keep, kept } from "../../design/kept";
import { systemOf } from "../../media/problems";
import { Observable } from "../state/observable";
import { useObservable } from "../state/hooks";
import { type Action, type Bindings, bindingsOf, comboOf, DEFAULTS, written } from "./bindings";

/** How a shortcut is written on this system; undefined where there is none. */
export function useShortcutOf(action: Action): string | undefined {
  const combo = useBindings()[action];
  return combo === "" ? undefined : shortcutText(combo);
}

export function shortcutText(combo: string): string {
  const system = systemOf(navigator.userAgent);
  return written(combo, system === "mac" || system === "ios");
}

/** Does these wherever the focus is. */
export function useShortcuts(actions: Readonly<Partial<Record<Action, () => void>>>): void {
  const bindings = useBindings();
  useEffect(() => {
    function handleKey(event: KeyboardEvent) {
      const combo = comboOf(event);
      const action = (Object.keys(actions) as Action[]).find((one) => combo !== undefined && bindings[one] === combo);
      if (!action || event.repeat) return;
      event.preventDefault();
      actions[action]?.();
    }
    window.addEventListener("keydown", handleKey);
    return () => window.removeEventListener("keydown", handleKey);
  }, [actions, bindings]);
}

export function useBindings(): Bindings {
  return useObservable(bindings);
}

export function bind(action: Action, combo: string): void {
  set({ ...bindings.get(), [action]: combo });
}

export function resetBindings(): void {
  set(DEFAULTS);
}

function set(chosen: Bindings): void {
  bindings.set(chosen);
  keep(KEY, JSON.stringify(chosen));
}

const KEY = "visio.shortcuts";

const bindings = new Observable(bindingsOf(kept(KEY)));
