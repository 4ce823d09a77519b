import { type Room, RoomEvent, Track } from "livekit-client";
import { ActiveSpeaker } from "./activeSpeaker";
import { KeptChoice } from "./keptChoice";
import { Miniature } from "./miniature";
import { Observable } from "./observable";
import { keyOf, LAYOUT_CHOICES, type LayoutChoice } from "./scene";

export const layoutChoice = new KeptChoice("visio.layout", LAYOUT_CHOICES, "auto");

/** Whether one sees oneself; the others do in any case. */
export const selfView = new KeptChoice("visio.self_view", ["shown", "hidden"], "shown");

/** How one looks at this meeting; how at any, is kept. */
export class View {
  /** The key of what is large for me. */
  readonly pinned = new Observable<string | undefined>(undefined);
  /** What fills the screen: the stage, or the key of what somebody shows. */
  readonly full = new Observable<string | undefined>(undefined);
  readonly miniature = new Miniature();
  readonly speaker: ActiveSpeaker;

  constructor(room: Room) {
    this.speaker = new ActiveSpeaker(room);
    room.on(RoomEvent.TrackUnpublished, ({ source }, { identity }) => {
      if (source === Track.Source.ScreenShare) this.forget(keyOf("share", identity));
    });
  }

  /** All alike leaves nothing large. */
  readonly choose = (layout: LayoutChoice): void => {
    if (layout === "grid") this.pinned.set(undefined);
    layoutChoice.set(layout);
  };

  readonly togglePin = (key: string): void => this.pinned.set(this.pinned.get() === key ? undefined : key);

  /** Where the browser has no full screen for pages, as on an iPhone, it fills the window. */
  readonly fill = (what: string): void => {
    this.full.set(what);
    if (!document.fullscreenElement) void document.documentElement.requestFullscreen?.().catch(() => undefined);
  };

  readonly unfill = (): void => {
    this.full.set(undefined);
    if (document.fullscreenElement) void document.exitFullscreen();
  };

  private forget(key: string): void {
    if (this.pinned.get() === key) this.pinned.set(undefined);
    if (this.full.get() === key) this.unfill();
  }
}
