/** What a text may become in this page, where the browser asks (W3C Trusted Types); the types of TypeScript know none. */
interface Policies {
  createPolicy(name: string, rules: Record<"createHTML" | "createScriptURL", (text: string) => string>): unknown;
}

declare global {
  interface Window {
    trustedTypes?: Policies;
  }
}

/** Of all that libraries hand to the browser as text, addresses of our own scripts are taken: never markup, never code. */
export function trustOwnScripts(policies: Policies | undefined): void {
  policies?.createPolicy("default", { createHTML: noMarkup, createScriptURL: ownScript });
}

/** The address of a worker or of a library's loader; throws TypeError where it is not ours. */
export function ownScript(address: string): string {
  const { origin } = new URL(address, window.location.href);
  if (origin !== window.location.origin) throw new TypeError(`${origin} has no scripts for this page.`);
  return address;
}

/** Nothing, by which react-aria empties what it has announced; throws TypeError for anything else. */
export function noMarkup(text: string): string {
  if (text !== "") throw new TypeError("Text is no markup here.");
  return text;
}
