/** In the window's own storage, so that it outlives a sign-in on another site. */
const KEY = "visio.callback";

/** The id of a room to be made that a button of ours has accepted, in this window. */
export function acceptedCallback(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined;
}

export function acceptCallback(callback: string): void {
  sessionStorage.setItem(KEY, callback);
}

export function forgetCallback(): void {
  sessionStorage.removeItem(KEY);
}

/** 128 random bits: they alone guard the room's name. */
export function newCallback(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
