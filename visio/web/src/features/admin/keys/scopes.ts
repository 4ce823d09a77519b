import type { Scope } from "../../../api/keys";

/** A scope as the locale files have it, to which ":" means something else. */
export function wordOf(scope: Scope): string {
  return scope.replace(":", "_");
}

/** The domains in what a person typed, with commas or blanks between them. */
export function domainsIn(typed: string): string[] {
  return typed
    .split(/[\s,;]+/)
    .map((domain) => domain.replace(/^@/, ""))
    .filter(Boolean);
}
