/** How many colours people are told apart by (Avatar.css has one class for each). */
export const HUES = 8;

/**
 * The colour of a person, which goes by the name: all that every screen knows of somebody. In a meeting people have
 * another identity each time they join, and only they themselves know their account's.
 */
export function hueOf(name: string): number {
  // FNV-1a, its high bits folded in: names that differ in one letter are far apart.
  let hash = 0x811c9dc5;
  for (const character of name.trim().normalize().toLowerCase()) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % HUES;
}

/** One or two capital letters for a name; a question mark for an empty one. */
export function initials(name: string): string {
  const words = name.trim().split(/[\s-]+/u).filter(Boolean);
  const first = words[0];
  if (first === undefined) return "?";
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  return [first, last].map((word) => [...(word ?? "")][0] ?? "").join("").toLocaleUpperCase();
}
