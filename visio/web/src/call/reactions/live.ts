import { type Participant, type Room, RoomEvent } from "livekit-client";
import { Observable } from "../state/observable";
import { Pace, type Reaction, REACTIONS, reactionOf } from "./reactions";

export interface Shown {
  id: number;
  reaction: Reaction;
  identity: string;
  name: string;
}

/** The same words twice are said twice: the turns differ. */
interface Said {
  turn: number;
  reactions: readonly Reaction[];
}

/** The reactions of a meeting, each for a few seconds; nothing of them is kept anywhere. */
export class Reactions {
  readonly shown = new Observable<readonly Shown[]>([]);
  /** What is to be said of those since it was last said. */
  readonly said = new Observable<Said>({ turn: 0, reactions: [] });
  private readonly pace = new Pace();
  private last = 0;
  private unsaid: Reaction[] = [];

  constructor(private readonly room: Room) {
    room.on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => {
      if (topic !== TOPIC || !participant) return;
      const reaction = reactionOf(payload);
      if (reaction) this.take(reaction, participant);
    });
    room.on(RoomEvent.ParticipantDisconnected, ({ identity }) => this.pace.forget(identity));
  }

  /** Shown to oneself as to the others; too many at once are not sent. */
  send(reaction: Reaction): void {
    if (!this.take(reaction, this.room.localParticipant)) return;
    const payload = new TextEncoder().encode(REACTIONS[reaction]);
    // Without a connection nobody is there to see it.
    void this.room.localParticipant.publishData(payload, { reliable: true, topic: TOPIC }).catch(() => undefined);
  }

  private take(reaction: Reaction, { identity, name }: Participant): boolean {
    if (!this.pace.allows(identity, performance.now())) return false;
    const shown = { id: ++this.last, reaction, identity, name: name || identity };
    this.shown.set([...this.shown.get(), shown].slice(-MOST));
    window.setTimeout(() => this.shown.set(this.shown.get().filter(({ id }) => id !== shown.id)), SHOWN);
    if (this.unsaid.length === 0) window.setTimeout(() => this.say(), GATHERED);
    this.unsaid.push(reaction);
    return true;
  }

  private say(): void {
    const turn = this.said.get().turn + 1;
    this.said.set({ turn, reactions: this.unsaid });
    this.unsaid = [];
    window.setTimeout(() => {
      if (this.said.get().turn === turn) this.said.set({ turn, reactions: [] });
    }, SAID);
  }
}

const TOPIC = "visio.reaction";

/** Milliseconds, as long as the way up in reactions.css. */
const SHOWN = 4_000;

/** Milliseconds: longer says them late, shorter interrupts a screen reader for each clap. */
const GATHERED = 2_000;

/** Milliseconds that it can be found by who reads the page, after it was said. */
const SAID = 15_000;

/** At once on the stage; more would hide it. */
const MOST = 30;
