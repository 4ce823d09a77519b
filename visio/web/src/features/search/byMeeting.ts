import type { PassageFound } from "../../api/search";

/** A meeting with what was found in it. */
export interface FoundIn {
  id: string;
  title: string;
  startedAt: number;
  passages: PassageFound[];
}

/** Passages under their meetings, in the order in which they come. */
export function byMeeting(found: readonly PassageFound[]): FoundIn[] {
  const meetings: FoundIn[] = [];
  for (const passage of found) {
    const { meeting: id, title, meeting_started_at: startedAt } = passage;
    const last = meetings.at(-1);
    if (last?.id === id) last.passages.push(passage);
    else meetings.push({ id, title, startedAt, passages: [passage] });
  }
  return meetings;
}
