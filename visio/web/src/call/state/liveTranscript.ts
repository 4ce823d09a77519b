import { type Room, RoomEvent } from "livekit-client";
import { Observable } from "./observable";
import { type Line, linesOf } from "./transcript";

/** The lines that arrived while we were in the meeting. */
export class LiveTranscript {
  readonly lines = new Observable<readonly Line[]>([]);
  /** Counts lines of people who have left: their names are in the history only. */
  readonly unattributed = new Observable(0);

  constructor(room: Room) {
    room.on(RoomEvent.TranscriptionReceived, (segments, participant) => {
      if (!participant) return this.unattributed.set(this.unattributed.get() + segments.length);
      this.lines.set([...this.lines.get(), ...linesOf(segments, participant)]);
    });
  }
}
