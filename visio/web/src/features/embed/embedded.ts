/** Whether this page is a meeting within a page of another site, which has its own way around. */
export const isEmbedded = window.location.pathname.startsWith("/embed/");

/** A link out of a meeting that is shown within another site: it opens where the session's cookie is sent. */
export function openOutside(path: string): void {
  window.open(path, "_blank", "noopener");
}
