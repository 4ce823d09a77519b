import { type Room, RoomEvent, Track } from "livekit-client";
import { ActiveSpeaker } from "./activeSpeaker";
import { KeptChoice } from "./keptChoice";
import { Observable } from "./observable";
import { keyOf, LAYOUT_CHOICES, type LayoutChoice } from "./scene";

export const layoutChoice = new KeptChoice("visio.layout", LAYOUT_CHOICES, "auto");

/** How one looks at this meeting; how at any, is kept. */
export class View {
  /** The key of what is large for me. */
  readonly pinned = new Observable<string | undefined>(undefined);
  readonly speaker: ActiveSpeaker;

  constructor(room: Room) {
    this.speaker = new ActiveSpeaker(room);
    room.on(RoomEvent.TrackUnpublished, ({ source }, { identity }) => {
      if (source === Track.Source.ScreenShare) this.unpin(keyOf("share", identity));
    });
  }

  /** All alike leaves nothing large. */
  readonly choose = (layout: LayoutChoice): void => {
    if (layout === "grid") this.pinned.set(undefined);
    layoutChoice.set(layout);
  };

  readonly unpin = (key: string): void => {
    if (this.pinned.get() === key) this.pinned.set(undefined);
  };
}
