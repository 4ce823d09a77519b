import { useSyncExternalStore } from "react";
import { keep, kept } from "../../design/kept";

/** Whether one wants captions, and how large. */
export type CaptionChoice = (typeof CAPTION_CHOICES)[number];

export const CAPTION_CHOICES = ["off", "small", "medium", "large"] as const;

const KEY = "visio.captions";
const listeners = new Set<() => void>();

export function useCaptionChoice(): CaptionChoice {
  return useSyncExternalStore(subscribe, readChoice);
}

export function chooseCaptions(choice: CaptionChoice): void {
  keep(KEY, choice);
  for (const listener of listeners) listener();
}

function readChoice(): CaptionChoice {
  return CAPTION_CHOICES.find((choice) => choice === kept(KEY)) ?? "off";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
