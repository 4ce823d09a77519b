/** Where something is kept; asking for it throws where a page of another site shows us and nothing is. */
type Storage = () => globalThis.Storage;

const forGood: Storage = () => localStorage;

/** What this browser keeps of a person's choices; undefined also where it keeps nothing. */
export function kept(name: string, storage: Storage = forGood): string | undefined {
  try {
    return storage().getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a choice, where that is allowed. */
export function keep(name: string, value: string, storage: Storage = forGood): void {
  try {
    storage().setItem(name, value);
  } catch {
    // It counts until the page is left.
  }
}
