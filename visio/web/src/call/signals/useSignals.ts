import { type Participant, RoomEvent } from "livekit-client";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { mayDirect, personOf } from "../state/attributes";
import type { CallSession } from "../state/session";
import { type Kind, rings } from "./kinds";
import { notify } from "./notifications";
import { play, SOUNDS } from "./sounds";

/** Makes heard what happens, and tells it to who looks elsewhere. Hands and the lobby concern hosts. */
export function useSignals({ room, chat, lobby }: CallSession): void {
  const { t } = useTranslation();
  useEffect(() => {
    const nameOf = (person: Participant) => person.name || person.identity;
    const hosts = () => mayDirect(personOf(room.localParticipant.attributes).role);
    const ring = (kind: Kind) => rings(SOUNDS[kind].get(), kind, room.remoteParticipants.size + 1) && play(kind);
    function tell(kind: "hand" | "message" | "lobby", name: string) {
      ring(kind);
      // Not what was written: others may see this screen.
      notify(t(`signals.told.${kind}`, { name }), kind);
    }
    const joined = () => ring("joined");
    const left = () => ring("left");
    const changed = (attributes: Record<string, string>, person: Participant) => {
      if (attributes["visio.hand"] && !person.isLocal && hosts()) tell("hand", nameOf(person));
    };
    let waited = lobby.list.get().waiting.length;
    const knocked = () => {
      const { waiting } = lobby.list.get();
      const newest = waiting.at(-1);
      if (newest && waiting.length > waited && hosts()) tell("lobby", newest.name);
      waited = waiting.length;
    };
    const wrote = () => {
      const line = chat.newest.get();
      if (line) tell("message", line.name);
    };
    room.on(RoomEvent.ParticipantConnected, joined).on(RoomEvent.ParticipantDisconnected, left);
    room.on(RoomEvent.ParticipantAttributesChanged, changed);
    const stops = [lobby.list.subscribe(knocked), chat.newest.subscribe(wrote)];
    return () => {
      room.off(RoomEvent.ParticipantConnected, joined).off(RoomEvent.ParticipantDisconnected, left);
      room.off(RoomEvent.ParticipantAttributesChanged, changed);
      for (const stop of stops) stop();
    };
  }, [room, chat, lobby, t]);
}
