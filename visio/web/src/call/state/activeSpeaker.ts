import { type Participant, type Room, RoomEvent } from "livekit-client";
import { due, NOBODY, pass } from "./floor";
import { Observable } from "./observable";

/** The identity of who has the floor among the others; one's own words show nobody. */
export class ActiveSpeaker extends Observable<string | undefined> {
  private floor = NOBODY;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(room: Room) {
    super(undefined);
    room.on(RoomEvent.ActiveSpeakersChanged, (speakers) => this.hear(othersOf(speakers)));
    room.on(RoomEvent.Disconnected, () => clearTimeout(this.timer));
  }

  private hear(identities: readonly string[]): void {
    clearTimeout(this.timer);
    this.floor = pass(this.floor, identities, performance.now());
    if (this.floor.holder !== this.get()) this.set(this.floor.holder);
    const at = due(this.floor);
    if (at !== undefined) this.timer = setTimeout(() => this.hear(identities), at - performance.now());
  }
}

function othersOf(speakers: Participant[]): string[] {
  return speakers.filter(({ isLocal }) => !isLocal).map(({ identity }) => identity);
}
