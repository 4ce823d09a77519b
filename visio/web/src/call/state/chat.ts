import type { Room } from "livekit-client";
import { Observable } from "./observable";

export interface ChatLine {
  id: string;
  identity: string;
  name: string;
  text: string;
  /** Milliseconds since 1970, by the sender's clock. */
  sentAt: number;
  mine: boolean;
}

/** The topic that LiveKit's own components use, so that other clients understand each other. */
const TOPIC = "lk.chat";

/** The meeting's chat: text streams between participants; the server keeps nothing. */
export class Chat {
  readonly lines = new Observable<readonly ChatLine[]>([]);

  constructor(private readonly room: Room) {
    room.registerTextStreamHandler(TOPIC, async (reader, { identity }) => {
      const text = await reader.readAll();
      const name = room.getParticipantByIdentity(identity)?.name || identity;
      this.add({ id: reader.info.id, identity, name, text, sentAt: reader.info.timestamp, mine: false });
    });
  }

  async send(text: string): Promise<void> {
    const { id, timestamp } = await this.room.localParticipant.sendText(text, { topic: TOPIC });
    const { identity, name } = this.room.localParticipant;
    this.add({ id, identity, name: name || identity, text, sentAt: timestamp, mine: true });
  }

  private add(line: ChatLine): void {
    this.lines.set([...this.lines.get(), line]);
  }
}
