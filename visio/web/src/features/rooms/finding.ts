import type { RoomSummary } from "../../api/rooms";

/** Whether each word that was typed is somewhere in its title or address, whatever the accents. */
export function isFound({ title, slug }: Pick<RoomSummary, "title" | "slug">, search: string): boolean {
  const text = folded(`${title} ${slug}`);
  return folded(search)
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Cards that are shown at first; more push upcoming meetings further down the page. */
export const FEW = 12;
