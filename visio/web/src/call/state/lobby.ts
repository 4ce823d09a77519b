import { type Room, RoomEvent } from "livekit-client";
import type { WaitingList } from "../../api/lobby";
import { Observable } from "./observable";

/** Of the packets in which the server shows hosts who waits. */
const TOPIC = "visio.lobby";

/** Who waits to be let in, as far as we are told: hosts are. */
export class Lobby {
  readonly list = new Observable<WaitingList>({ version: 0, message: "", waiting: [] });

  constructor(room: Room) {
    room.on(RoomEvent.DataReceived, (payload, participant, _kind, topic) => {
      // What has a sender is not from the server, whatever it is called.
      if (topic !== TOPIC || participant) return;
      this.note(JSON.parse(new TextDecoder().decode(payload)) as WaitingList);
    });
  }

  /** Takes a list, unless it is older than the one we have. */
  note(list: WaitingList): void {
    if (list.version >= this.list.get().version) this.list.set(list);
  }
}
