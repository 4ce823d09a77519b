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

export interface JoinRequest {
  name?: string;
  shared_microphone: boolean;
  microphone_people: number | null;
}

export function joinRoom(slug: string, asked: JoinRequest): Promise<JoinAnswer> {
  return request("POST", `${path(slug)}/join`, { body: asked });
}

export function setTranscription(slug: string, token: string, on: boolean): Promise<void> {
  return request("PUT", `${path(slug)}/transcription`, { body: { on }, token });
}

/** An answer, with the version and the language of the text that was shown. */
export interface ConsentAnswer {
  granted: boolean;
  wording: string;
  language: string;
}

export function setConsent(slug: string, token: string, answer: ConsentAnswer): Promise<void> {
  return request("PUT", `${path(slug)}/consent`, { body: { kind: "transcription", ...answer }, token });
}

/** Raised again within 15 seconds, a hand has the place it had. */
export function setHand(slug: string, token: string, raised: boolean): Promise<void> {
  return request("PUT", `${path(slug)}/hand`, { body: { raised }, token });
}

/** Whether I am shown what is being said while it is said; forgotten with the connection. */
export function setCaptions(slug: string, token: string, on: boolean): Promise<void> {
  return request("PUT", `${path(slug)}/captions`, { body: { on }, token });
}

/** `people` may speak into it, where that is known. */
export function setMicrophone(slug: string, token: string, shared: boolean, people: number | null): Promise<void> {
  return request("PUT", `${path(slug)}/microphone`, { body: { shared, people }, token });
}

/** Milliseconds by identity: one's own, and to hosts everybody's. */
export async function readSpeakingTime(slug: string, token: string): Promise<ReadonlyMap<string, number>> {
  const { people } = await request<{ people: { identity: string; spoken: number }[] }>(
    "GET",
    `${path(slug)}/speaking-time`,
    { token },
  );
  return new Map(people.map(({ identity, spoken }) => [identity, spoken]));
}

export interface Encryption {
  protocol: string;
  group: string;
  cipher: string;
  srtp: string;
  post_quantum: boolean;
}

export async function readEncryption(slug: string, token: string): Promise<Encryption | null> {
  return (await request<{ encryption: Encryption | null }>("GET", `${path(slug)}/encryption`, { token })).encryption;
}

export function readTranscript(slug: string, token: string): Promise<Transcript> {
  return request("GET", `${path(slug)}/transcript`, { token });
}

function path(slug: string): string {
  return `/rooms/${encodeURIComponent(slug)}`;
}
