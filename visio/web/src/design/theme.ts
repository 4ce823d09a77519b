import { useEffect, useSyncExternalStore } from "react";
import { keep, kept } from "./kept";

/** "auto": light pages and a dark call. */
export type ThemeChoice = "auto" | "light" | "dark";

const KEY = "visio.theme";
const listeners = new Set<() => void>();

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(subscribe, readChoice);
}

export function chooseTheme(choice: ThemeChoice): void {
  keep(KEY, choice);
  for (const listener of listeners) listener();
}

/** Colours the whole document, overlays included, while the caller is shown. */
export function useTheme(automatic: "light" | "dark"): void {
  const choice = useThemeChoice();
  useEffect(() => {
    document.documentElement.dataset.theme = choice === "auto" ? automatic : choice;
  }, [choice, automatic]);
}

function readChoice(): ThemeChoice {
  const stored = kept(KEY);
  return stored === "light" || stored === "dark" ? stored : "auto";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
