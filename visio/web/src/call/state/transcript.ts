import type { Participant, TranscriptionSegment } from "livekit-client";
import type { Utterance } from "../../api/meetings";

/** One line of the transcript panel. Times are milliseconds since the start of the meeting. */
export interface Line {
  id: string;
  identity: string;
  name: string;
  voice: string | null;
  voiceName: string | null;
  startedAt: number;
  /** Empty where it is hidden. */
  text: string;
  hidden: boolean;
}

/** Consecutive lines of one speaker, shown under one name. */
export interface Passage {
  speaker: Pick<Line, "identity" | "name" | "voice" | "voiceName">;
  startedAt: number;
  lines: Line[];
}

/** A silence longer than this starts a new passage of the same speaker, with its own time. */
const LONG_SILENCE = 60_000;

export function lineOf(utterance: Utterance): Line {
  const { id, identity, name, voice, voice_name: voiceName, started_at: startedAt } = utterance;
  const hidden = utterance.hidden !== null;
  return { id, identity, name, voice, voiceName, startedAt, text: hidden ? "" : utterance.text, hidden };
}

/** Segments that have just been received; empty ones say nothing. */
export function linesOf(segments: TranscriptionSegment[], speaker: Pick<Participant, "identity" | "name">): Line[] {
  return segments
    .filter(({ text }) => text.trim() !== "")
    .map(({ id, text, startTime }) => ({
      id,
      identity: speaker.identity,
      name: speaker.name || speaker.identity,
      voice: null,
      voiceName: null,
      startedAt: startTime,
      text,
      hidden: false,
    }));
}

/** The lines that somebody took back: they are sent again without their text. */
export function erasedBy(segments: readonly TranscriptionSegment[]): Set<string> {
  return new Set(segments.filter(({ text }) => text.trim() === "").map(({ id }) => id));
}

/** History and live lines as one, each id once (the history knows better), in the order they were said. */
export function mergeLines(history: readonly Line[], live: readonly Line[]): Line[] {
  const byId = new Map(live.map((line) => [line.id, line]));
  for (const line of history) byId.set(line.id, line);
  return [...byId.values()].sort((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1));
}

export function passagesOf(lines: readonly Line[]): Passage[] {
  const passages: Passage[] = [];
  for (const line of lines) {
    const last = passages.at(-1);
    if (last && continues(last, line)) last.lines.push(line);
    else passages.push({ speaker: line, startedAt: line.startedAt, lines: [line] });
  }
  return passages;
}

function continues(passage: Passage, line: Line): boolean {
  const { speaker, lines } = passage;
  const previous = lines.at(-1)?.startedAt ?? passage.startedAt;
  const same = speaker.identity === line.identity && speaker.voice === line.voice && speaker.name === line.name;
  return same && line.startedAt - previous < LONG_SILENCE;
}
