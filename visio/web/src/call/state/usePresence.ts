import { type DisconnectReason, type LocalTrack, RoomEvent } from "livekit-client";
import { useEffect, useRef, useState } from "react";
import type { Wait } from "../../api/lobby";
import type { JoinChoice } from "../../features/prejoin/JoinForm";
import { mayDirect, personOf, roomStateOf } from "./attributes";
import { endingOf, joinProblem } from "./failures";
import { keepToken } from "./keptToken";
import { type CallSession, enter, publish } from "./session";

/** What a meeting leaves to show once we are out of it. */
export interface Ending {
  /** A key of the `endings` in the locale files. */
  reason: string;
  slug: string;
  title: string;
  /** Whether we decided for the room. */
  hosts: boolean;
  duration: number;
  people: { identity: string; name: string }[];
  meeting: string | undefined;
  transcribed: boolean;
  /** Whether what was written in the chat is there to be read. */
  chatKept: boolean;
}

export type Presence =
  | { state: "out"; error?: unknown }
  | { state: "joining" }
  | { state: "waiting"; wait: Wait }
  | { state: "in"; session: CallSession }
  | { state: "ended"; ending: Ending };

interface Actions {
  join: (choice: JoinChoice, takeTracks: () => LocalTrack[]) => void;
  /** Waits no longer to be let in. */
  giveUp: () => void;
  comeBack: () => void;
}

/** Whether we are in the room's meeting, and the ways in and out. */
export function usePresence(slug: string): Presence & Actions {
  const [presence, setPresence] = useState<Presence>({ state: "out" });
  const session = presence.state === "in" ? presence.session : undefined;

  useEffect(() => {
    if (!session) return;
    const { room } = session;
    const handleEnd = (reason?: DisconnectReason) => setPresence({ state: "ended", ending: endOf(session, reason) });
    room.on(RoomEvent.Disconnected, handleEnd);
    return () => {
      room.off(RoomEvent.Disconnected, handleEnd);
      void room.disconnect();
    };
  }, [session]);

  const attempt = useRef<AbortController>(undefined);
  useEffect(() => () => attempt.current?.abort(), []);

  async function join(choice: JoinChoice, takeTracks: () => LocalTrack[]): Promise<void> {
    const { signal } = (attempt.current = new AbortController());
    setPresence({ state: "joining" });
    try {
      const entered = await enter(slug, choice, (wait) => setPresence({ state: "waiting", wait }), signal);
      void publish(entered, takeTracks());
      setPresence({ state: "in", session: entered });
    } catch (error) {
      setPresence({ state: "out", error: signal.aborted ? undefined : joinProblem(error) });
    }
  }

  return {
    ...presence,
    join: (choice, takeTracks) => void join(choice, takeTracks),
    giveUp: () => attempt.current?.abort(),
    comeBack: () => setPresence({ state: "out" }),
  };
}

function endOf(session: CallSession, reason: DisconnectReason | undefined): Ending {
  const { title, meeting, transcription, settings } = roomStateOf(session.room.metadata);
  if (meeting) keepToken(meeting, session.token);
  return {
    reason: endingOf(reason),
    slug: session.slug,
    hosts: mayDirect(personOf(session.room.localParticipant.attributes).role),
    title: title || session.slug,
    duration: Date.now() - session.joinedAt,
    people: session.attendance.people(),
    meeting,
    transcribed: transcription === "on" || session.transcript.lines.get().length > 0,
    chatKept: settings.chat_kept && session.chat.lines.get().length > 0,
  };
}
