/** What was typed as "#rrggbb" in small letters; "" is no choice, undefined no colour. */
export function colourOf(typed: string): string | undefined {
  const text = typed.trim().toLowerCase();
  if (text === "") return "";
  return /^#?[0-9a-f]{6}$/.test(text) ? `#${text.replace("#", "")}` : undefined;
}
