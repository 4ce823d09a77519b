/** The room's slug in what a person typed or pasted, a code or a whole link; undefined when there is none. */
export function slugIn(typed: string): string | undefined {
  const last = typed.trim().replace(/[?#].*$/, "").replace(/\/+$/, "").split("/").at(-1) ?? "";
  const slug = last.toLowerCase();
  return /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(slug) ? slug : undefined;
}

/** The address to share. */
export function linkTo(slug: string): string {
  return `${location.origin}/${slug}`;
}
