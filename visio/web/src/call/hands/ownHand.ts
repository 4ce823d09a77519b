import { ConnectionState, ParticipantEvent, type Room, RoomEvent } from "livekit-client";
import { setHand } from "../../api/call";
import { personOf } from "../state/attributes";
import { Observable } from "../state/observable";
import { Turn } from "./queue";

/** Why one's own hand was lowered without one's doing. */
export type Lowered = "spoken" | "host";

/** One's own hand: raised and lowered by oneself, and lowered by itself once one has spoken. */
export class OwnHand {
  readonly lowered = new Observable<Lowered | undefined>(undefined);
  private turn = new Turn();
  private asked: boolean | undefined;
  private stays = false;
  private forgotten = false;
  private ending: number | undefined;
  private forgetting: number | undefined;

  constructor(
    private readonly room: Room,
    private readonly slug: string,
    private readonly token: string,
  ) {
    const { localParticipant } = room;
    localParticipant.on(ParticipantEvent.AttributesChanged, (changed) => {
      if (changed[HAND] !== undefined) this.handleChange();
    });
    localParticipant.on(ParticipantEvent.IsSpeakingChanged, (speaking) => {
      this.turn.hear(speaking, performance.now());
      this.awaitEnd();
    });
    room.on(RoomEvent.Reconnected, () => this.raiseAgain());
    room.on(RoomEvent.Disconnected, () => {
      window.clearTimeout(this.ending);
      this.tell(undefined);
    });
  }

  get raised(): boolean {
    return personOf(this.room.localParticipant.attributes).hand !== null;
  }

  /** Rejects with a Problem. */
  async set(raised: boolean): Promise<void> {
    // Whoever raises it again after it was lowered for them wants it to stay.
    this.stays = raised && this.lowered.get() === "spoken";
    this.tell(undefined);
    await this.ask(raised);
  }

  private async ask(raised: boolean): Promise<void> {
    this.asked = raised;
    await setHand(this.slug, this.token, raised);
  }

  private handleChange(): void {
    const { raised } = this;
    // Who comes back to a server that began anew is new to it, and so without a hand.
    if (!raised && this.asked && this.room.state === ConnectionState.Reconnecting) {
      this.forgotten = true;
      return;
    }
    if (raised) this.begin();
    else if (this.asked !== false) this.tell("host");
    this.asked = raised;
    this.awaitEnd();
  }

  private raiseAgain(): void {
    if (!this.forgotten) return;
    this.forgotten = false;
    // Where the server refuses, the button shows that the hand is down.
    this.ask(true).catch(() => undefined);
  }

  private begin(): void {
    this.turn = new Turn();
    this.turn.hear(this.room.localParticipant.isSpeaking, performance.now());
  }

  private awaitEnd(): void {
    window.clearTimeout(this.ending);
    const end = this.turn.end();
    if (!this.raised || this.stays || end === undefined) return;
    this.ending = window.setTimeout(() => {
      // Where the server cannot be asked now, the hand stays up: everybody sees it, and can lower it.
      this.ask(false).then(() => this.tell("spoken"), () => undefined);
    }, end - performance.now());
  }

  private tell(lowered: Lowered | undefined): void {
    window.clearTimeout(this.forgetting);
    this.lowered.set(lowered);
    if (lowered) this.forgetting = window.setTimeout(() => this.lowered.set(undefined), TOLD);
  }
}

const HAND = "visio.hand";

/** Milliseconds that it is said; the server keeps the place a little longer. */
const TOLD = 12_000;
