import { type Room, RoomEvent } from "livekit-client";
import { type Caption, captioned, nextEnd, remaining } from "./captions";
import { Observable } from "./observable";

/** What is being said, as long as it is shown. */
export class LiveCaptions {
  readonly captions = new Observable<readonly Caption[]>([]);
  private timer: number | undefined;

  constructor(room: Room) {
    room.on(RoomEvent.TranscriptionReceived, (segments, speaker) =>
      this.show(captioned(this.captions.get(), segments, speaker, Date.now())),
    );
    room.on(RoomEvent.Disconnected, () => this.show([]));
  }

  private show(captions: Caption[]): void {
    this.captions.set(captions);
    window.clearTimeout(this.timer);
    const end = nextEnd(captions);
    if (end === undefined) return;
    this.timer = window.setTimeout(() => this.show(remaining(captions, Date.now())), Math.max(end - Date.now(), 0) + 1);
  }
}
