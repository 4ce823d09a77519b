/** What may name a script in this page, where the browser asks (W3C Trusted Types). */
interface Policies {
  createPolicy(name: string, rules: { createScriptURL: (address: string) => string }): unknown;
}

declare global {
  interface Window {
    trustedTypes?: Policies;
  }
}

/** Of all that libraries hand to the browser as text, only addresses of our own scripts are taken: never markup, never code. */
export function trustOwnScripts(policies: Policies | undefined): void {
  policies?.createPolicy("default", { createScriptURL: ownScript });
}

/** The address of a worker or of a library's loader; throws TypeError where it is not ours. */
export function ownScript(address: string): string {
  const { origin } = new URL(address, window.location.href);
  if (origin !== window.location.origin) throw new TypeError(`${origin} has no scripts for this page.`);
  return address;
}
