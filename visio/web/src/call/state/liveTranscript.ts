import { type Room, RoomEvent } from "livekit-client";
import { Observable } from "./observable";
import { erasedBy, type Line, linesOf } from "./transcript";

/** The lines that arrived while we were in the meeting. */
export class LiveTranscript {
  readonly lines = new Observable<readonly Line[]>([]);
  /** Counts lines of people who have left, whose names are in the history only, and erased ones. */
  readonly unattributed = new Observable(0);

  constructor(room: Room) {
    room.on(RoomEvent.TranscriptionReceived, (received, participant) => {
      // Drafts are captions, no lines.
      const segments = received.filter(({ final }) => final);
      const erased = erasedBy(segments);
      // What the history has, it has to be asked for anew.
      if (!participant || erased.size > 0) this.unattributed.set(this.unattributed.get() + segments.length);
      const kept = this.lines.get().filter(({ id }) => !erased.has(id));
      this.lines.set(participant ? [...kept, ...linesOf(segments, participant)] : kept);
    });
  }
}
