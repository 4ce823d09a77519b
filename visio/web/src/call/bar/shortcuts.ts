import { useEffect } from "react";
import { systemOf } from "../../media/problems";

/** How a shortcut is written on this system; "⇧" before the letter for Shift. */
export function shortcutOf(letter: string): string {
  const system = systemOf(navigator.userAgent);
  if (system === "mac" || system === "ios") return `⌘ ${letter}`;
  return `Ctrl + ${letter.replace("⇧", "⇧ + ")}`;
}

/** Ctrl or Cmd with a letter, which is a capital where Shift belongs to it; wherever the focus is. */
export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    function handleKey(event: KeyboardEvent) {
      const action = actions[event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase()];
      if (!action || event.repeat || event.altKey || event.ctrlKey === event.metaKey) return;
      event.preventDefault();
      action();
    }
    window.addEventListener("keydown", handleKey);
    return () => window.removeEventListener("keydown", handleKey);
  }, [actions]);
}
