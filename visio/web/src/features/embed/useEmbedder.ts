import type { RoomEvent } from "livekit-client";
import { useEffect } from "react";
import { useConfig } from "../../api/config";
import type { CallSession } from "../../call/state/session";
import type { Presence } from "../../call/state/usePresence";
import { hearEmbedder, tellEmbedder } from "../sdk/messages";
import { isEmbedded } from "./embedded";

/** Tells the site around us how it stands with the meeting, and does what it asks for. */
export function useEmbedder(slug: string, presence: Presence): void {
  const origins = useConfig()?.embedders;
  const session = presence.state === "in" ? presence.session : undefined;
  const reason = presence.state === "ended" ? presence.ending.reason : undefined;
  const told = STATES[presence.state];

  useEffect(() => {
    if (!isEmbedded || !origins) return;
    if (told) tellEmbedder({ type: told, data: { slug } }, origins);
    if (reason) tellEmbedder({ type: "MEETING_LEFT", data: { slug, reason } }, origins);
  }, [origins, told, reason, slug]);

  useEffect(() => {
    if (!isEmbedded || !origins || !session) return;
    const stops = [tellChanges(session, origins), hearEmbedder(origins, (type) => obey(session, type))];
    return () => stops.forEach((stop) => stop());
  }, [origins, session]);
}

const STATES = {
  out: "MEETING_READY",
  joining: undefined,
  waiting: "MEETING_WAITING",
  in: "MEETING_JOINED",
  ended: undefined,
} as const;

/** Who is in, as a number, and one's own devices: names are no business of the site around us. */
function tellChanges({ room }: CallSession, origins: readonly string[]): () => void {
  const person = room.localParticipant;
  let last = "";
  function tell() {
    const people = room.remoteParticipants.size + 1;
    const { isMicrophoneEnabled: microphone, isCameraEnabled: camera, isScreenShareEnabled: screen } = person;
    const data = { people, microphone, camera, screen };
    if (JSON.stringify(data) === last) return;
    last = JSON.stringify(data);
    tellEmbedder({ type: "MEETING_CHANGED", data }, origins);
  }
  for (const event of CHANGES) room.on(event, tell);
  tell();
  return () => CHANGES.forEach((event) => room.off(event, tell));
}

/** By their names: livekit-client itself is not there yet before the meeting. */
const CHANGES = [
  "participantConnected",
  "participantDisconnected",
  "localTrackPublished",
  "localTrackUnpublished",
  "trackMuted",
  "trackUnmuted",
  "reconnected",
] as const satisfies `${RoomEvent}`[];

/** Only what takes something away: nothing of a person is switched on but by that person. */
function obey({ room }: CallSession, type: string): void {
  const person = room.localParticipant;
  if (type === "LEAVE") void room.disconnect();
  if (type === "MICROPHONE_OFF") void person.setMicrophoneEnabled(false);
  if (type === "CAMERA_OFF") void person.setCameraEnabled(false);
}
