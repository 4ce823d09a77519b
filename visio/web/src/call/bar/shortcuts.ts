import { useEffect } from "react";
import { systemOf } from "../../media/problems";

/** How a shortcut is written on this system. */
export function shortcutOf(letter: string): string {
  const system = systemOf(navigator.userAgent);
  return system === "mac" || system === "ios" ? `⌘ ${letter}` : `Ctrl + ${letter}`;
}

/** Ctrl or Cmd with a letter, wherever the focus is. Not with Shift or Alt: those are the browser's. */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    function handleKey(event: KeyboardEvent) {
      const action = actions[event.key.toLowerCase()];
      if (!action || event.repeat || event.shiftKey || event.altKey || event.ctrlKey === event.metaKey) return;
      event.preventDefault();
      action();
    }
    window.addEventListener("keydown", handleKey);
    return () => window.removeEventListener("keydown", handleKey);
  }, [actions]);
}
