import { type Participant, type Room, RoomEvent } from "livekit-client";

/** Everybody who has been in the meeting while we were, by identity. */
export class Attendance {
  private readonly names = new Map<string, string>();

  constructor(room: Room) {
    const note = (participant: Participant) => {
      this.names.set(participant.identity, participant.name || participant.identity);
    };
    room.on(RoomEvent.Connected, () => [room.localParticipant, ...room.remoteParticipants.values()].forEach(note));
    room.on(RoomEvent.ParticipantConnected, note);
    room.on(RoomEvent.ParticipantNameChanged, (_, participant) => note(participant));
  }

  nameOf(identity: string): string | undefined {
    return this.names.get(identity);
  }

  people(): string[] {
    return [...this.names.values()];
  }
}
