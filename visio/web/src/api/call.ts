import type { Utterance } from "./meetings";
import { request } from "./request";
import type { Role } from "./rooms";

export interface JoinAnswer {
  /** A LiveKit token; it also authorises the in-call requests below. */
  token: string;
  url: string;
  identity: string;
  role: Role | "guest" | null;
  room: { slug: string; title: string } | string;
  meeting?: string | null;
}

export interface Transcript {
  meeting: string | null;
  utterances: Utterance[];
  pending: number;
}

export function joinRoom(slug: string, asked: { name?: string; shared_microphone: boolean }): Promise<JoinAnswer> {
  return request("POST", `${path(slug)}/join`, { body: asked });
}

export function setTranscription(slug: string, token: string, on: boolean): Promise<void> {
  return request("PUT", `${path(slug)}/transcription`, { body: { on }, token });
}

export function setConsent(slug: string, token: string, granted: boolean, wording: string): Promise<void> {
  return request("PUT", `${path(slug)}/consent`, { body: { granted, wording }, token });
}

export function setSharedMicrophone(slug: string, token: string, shared: boolean): Promise<void> {
  return request("PUT", `${path(slug)}/microphone`, { body: { shared }, token });
}

export function readTranscript(slug: string, token: string): Promise<Transcript> {
  return request("GET", `${path(slug)}/transcript`, { token });
}

function path(slug: string): string {
  return `/rooms/${encodeURIComponent(slug)}`;
}
