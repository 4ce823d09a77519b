/** Puts the focus on the first of these that is there and shown: for a keyboard whose place is about to vanish. */
export function focusFirst(...ids: string[]): void {
  for (const id of ids) {
    const element = document.getElementById(id);
    element?.focus();
    if (element && element === document.activeElement) return;
  }
}
