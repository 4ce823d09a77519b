import type { Participant, TranscriptionSegment } from "livekit-client";

/** What is shown of a segment: a draft is replaced by the next one, then by what is final. */
export interface Caption {
  id: string;
  name: string;
  text: string;
  final: boolean;
  /** When this text arrived, in milliseconds of any one clock. */
  at: number;
}

/** The captions after some segments have arrived. Those without words are taken back. */
export function captioned(
  captions: readonly Caption[],
  segments: readonly TranscriptionSegment[],
  speaker: Pick<Participant, "identity" | "name"> | undefined,
  now: number,
): Caption[] {
  const byId = new Map(remaining(captions, now).map((caption) => [caption.id, caption]));
  for (const { id, text, final } of segments) {
    if (!speaker || text.trim() === "") byId.delete(id);
    // A draft that was overtaken by what is final says nothing any more.
    else if (final || !byId.get(id)?.final) byId.set(id, { id, name: speaker.name || speaker.identity, text: text.trim(), final, at: now });
  }
  return [...byId.values()].slice(-MOST);
}

/** Those whose time is not over. */
export function remaining(captions: readonly Caption[], now: number): Caption[] {
  return captions.filter((caption) => now < endOf(caption));
}

/** When the first of them has been shown long enough; undefined when there is none. */
export function nextEnd(captions: readonly Caption[]): number | undefined {
  return captions.length > 0 ? Math.min(...captions.map(endOf)) : undefined;
}

/** Long texts take longer to read. A draft waits for what is final, but not for ever. */
function endOf({ final, text, at }: Caption): number {
  return at + (final ? SHORTEST + READING * text.length : DRAFT);
}

/** Captions at once: more hides the pictures, fewer lets people who speak at once push each other out. */
const MOST = 3;
/** Milliseconds that the shortest text is shown, and what each character adds: some 20 are read in a second. */
const SHORTEST = 2500;
const READING = 50;
/** Milliseconds after which a draft is gone that nothing has replaced. */
const DRAFT = 20_000;
