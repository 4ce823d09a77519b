import type { Opened } from "../../media/usePreview";
import type { Voice } from "./ownVoice";
import type { Result } from "./steps";

/** How the microphone does, by what it hears. */
export function microphoneResult(opened: Opened<unknown>, voice: Voice): Result {
  if (opened.state === "failed") return { state: "failed", said: "microphoneFailed", problem: opened.problem };
  if (opened.state !== "on") return OPENING;
  return VOICES[voice];
}

/** A meeting can do without a camera, so that one which fails is no failure. */
export function cameraResult(opened: Opened<unknown>): Result {
  if (opened.state === "failed") return { state: "warning", said: "cameraFailed", problem: opened.problem };
  return opened.state === "starting" ? OPENING : opened.state === "on" ? SEEN : { state: "warning", said: "cameraFailed" };
}

/** What the person says of the speaker; undefined while they have not. */
export function speakerResult(hears: boolean | undefined): Result {
  if (hears === undefined) return { state: "asked", said: "speakerAsked" };
  return hears ? { state: "ok", said: "speakerOk" } : { state: "failed", said: "speakerFailed", advice: "speaker" };
}

/** The model in what a browser calls a device (USB's vendor and product); the name before it may be a person's. */
export function modelOf(label: string): string {
  return /\(([0-9a-f]{4}:[0-9a-f]{4})\)/i.exec(label)?.[1] ?? "";
}

const OPENING: Result = { state: "running", said: "opening" };
const SEEN: Result = { state: "ok", said: "cameraOk" };
const VOICES: Record<Voice, Result> = {
  listening: { state: "running", said: "microphoneListening" },
  heard: { state: "ok", said: "microphoneOk" },
  faint: { state: "warning", said: "microphoneFaint", advice: "microphone" },
  silent: { state: "warning", said: "microphoneSilent", advice: "microphone" },
};
