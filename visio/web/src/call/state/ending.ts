import { type DisconnectReason, RoomEvent } from "livekit-client";
import { mayDirect, personOf, roomStateOf } from "./attributes";
import { endingOf } from "./failures";
import { keepToken } from "./keptToken";
import type { CallSession } from "./session";

/** What a meeting leaves to show once we are out of it. */
export interface Ending {
  /** A key of the `endings` in the locale files. */
  reason: string;
  slug: string;
  title: string;
  /** Whether we decided for the room. */
  hosts: boolean;
  duration: number;
  /** Names. */
  people: string[];
  meeting: string | undefined;
  transcribed: boolean;
  /** Whether what was written in the chat is there to be read. */
  chatKept: boolean;
}

/** Tells when the meeting is over for us; what it returns leaves it. */
export function whenEnded(session: CallSession, tell: (ending: Ending) => void): () => void {
  const { room } = session;
  const handleEnd = (reason?: DisconnectReason) => tell(endOf(session, reason));
  room.on(RoomEvent.Disconnected, handleEnd);
  return () => {
    room.off(RoomEvent.Disconnected, handleEnd);
    void room.disconnect();
  };
}

function endOf(session: CallSession, reason: DisconnectReason | undefined): Ending {
  const { title, meeting, transcription, settings } = roomStateOf(session.room.metadata);
  if (meeting) keepToken(meeting, session.token);
  return {
    reason: endingOf(reason),
    slug: session.slug,
    title: title || session.slug,
    hosts: mayDirect(personOf(session.room.localParticipant.attributes).role),
    duration: Date.now() - session.joinedAt,
    people: session.attendance.people(),
    meeting,
    transcribed: transcription === "on" || session.transcript.lines.get().length > 0,
    chatKept: settings.chat_kept && session.chat.lines.get().length > 0,
  };
}
