import { request } from "./request";
import type { Role, RoomChange } from "./rooms";

/** What hosts do in a running meeting, by the token of the call: their session may have ended meanwhile. */
export type Source = "microphone" | "camera" | "screen_share";

export function changeRoom(slug: string, token: string, change: RoomChange): Promise<unknown> {
  return request("PATCH", path(slug), { token, body: change });
}

/** Without `identity`: everybody else. */
export function mute(slug: string, token: string, identity?: string, source: Source = "microphone"): Promise<void> {
  return request("POST", `${path(slug)}/mute`, { token, body: { identity: identity ?? null, source } });
}

/** Without `identity`: all hands. */
export function lowerHands(slug: string, token: string, identity?: string): Promise<void> {
  return request("POST", `${path(slug)}/hands/lower`, { token, body: { identity: identity ?? null } });
}

/** Without `identity`: nobody is in front any more. */
export function setSpotlight(slug: string, token: string, identity: string | null): Promise<void> {
  return request("PUT", `${path(slug)}/spotlight`, { token, body: { identity } });
}

export function removeParticipant(slug: string, token: string, identity: string, ban: boolean): Promise<void> {
  return request("POST", `${participant(slug, identity)}/remove`, { token, body: { ban } });
}

export function setRole(slug: string, token: string, identity: string, role: Role): Promise<void> {
  return request("PUT", `${participant(slug, identity)}/role`, { token, body: { role } });
}

export function endMeeting(slug: string, token: string): Promise<void> {
  return request("POST", `${path(slug)}/end`, { token });
}

function participant(slug: string, identity: string): string {
  return `${path(slug)}/participants/${encodeURIComponent(identity)}`;
}

function path(slug: string): string {
  return `/rooms/${encodeURIComponent(slug)}`;
}
