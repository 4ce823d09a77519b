import { ConnectionState, type Participant, ParticipantEvent, RoomEvent, Track } from "livekit-client";
import { useEffect, useReducer, useRef } from "react";
import { type Person, personOf, type RoomState, roomStateOf } from "./attributes";
import { useCall } from "./CallContext";

export { useObservable } from "./useObservable";

/** Renders again whenever the room says one of these. */
export function useRoomEvents(...events: RoomEvent[]): void {
  const { room } = useCall();
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    for (const event of events) room.on(event, again);
    again();
    return () => {
      for (const event of events) room.off(event, again);
    };
  }, [room, events.join()]);
}

/** Renders again whenever anything shown of this participant changes. */
export function useParticipant(participant: Participant): void {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    for (const event of SHOWN) participant.on(event, again);
    again();
    return () => {
      for (const event of SHOWN) participant.off(event, again);
    };
  }, [participant]);
}

/** Everybody, oneself first, then in the order of arrival. */
export function usePeople(): Participant[] {
  const { room } = useCall();
  useRoomEvents(RoomEvent.ParticipantConnected, RoomEvent.ParticipantDisconnected, RoomEvent.Reconnected);
  const arrived = (person: Participant) => person.joinedAt?.getTime() ?? 0;
  const others = [...room.remoteParticipants.values()].sort((a, b) => arrived(a) - arrived(b));
  return [room.localParticipant, ...others];
}

export function usePerson(participant: Participant): Person {
  useParticipant(participant);
  return personOf(participant.attributes);
}

export function useRoomState(): RoomState {
  const { room } = useCall();
  useRoomEvents(RoomEvent.RoomMetadataChanged, RoomEvent.Connected, RoomEvent.Reconnected);
  return roomStateOf(room.metadata);
}

/** What a participant's camera shows. One's own goes on while it is published anew after an interruption. */
export function useCamera(participant: Participant): Track | undefined {
  const { room } = useCall();
  useRoomEvents(RoomEvent.ConnectionStateChanged);
  const shown = useRef<Track>(undefined);
  const publication = participant.getTrackPublication(Track.Source.Camera);
  const interrupted = room.state === ConnectionState.Reconnecting && participant.isLocal && !publication;
  if (!interrupted) shown.current = publication?.isMuted ? undefined : publication?.track;
  return shown.current;
}

/** Whether a participant's microphone can be heard now. */
export function isHeard(participant: Participant): boolean {
  const publication = participant.getTrackPublication(Track.Source.Microphone);
  return publication !== undefined && !publication.isMuted;
}

/** Whether the room lets a participant send that. */
export function mayPublish({ permissions }: Participant, source: Track.Source): boolean {
  if (!permissions) return true;
  const { canPublish, canPublishSources } = permissions;
  return canPublish && (canPublishSources.length === 0 || canPublishSources.includes(Track.sourceToProto(source)));
}

/** Whether only those with a key of their own can hear a participant's microphone: the server cannot. */
export function isEncrypted(participant: Participant): boolean {
  return participant.getTrackPublication(Track.Source.Microphone)?.isEncrypted ?? false;
}

/** The names of those who cannot be transcribed, whatever they answered. */
export function useEncrypted(): string[] {
  useRoomEvents(RoomEvent.TrackPublished, RoomEvent.TrackUnpublished);
  return usePeople()
    .filter(isEncrypted)
    .map((person) => person.name || person.identity);
}

const SHOWN = [
  ParticipantEvent.TrackPublished,
  ParticipantEvent.TrackUnpublished,
  ParticipantEvent.TrackSubscribed,
  ParticipantEvent.TrackUnsubscribed,
  ParticipantEvent.TrackMuted,
  ParticipantEvent.TrackUnmuted,
  ParticipantEvent.LocalTrackPublished,
  ParticipantEvent.LocalTrackUnpublished,
  ParticipantEvent.IsSpeakingChanged,
  ParticipantEvent.ConnectionQualityChanged,
  ParticipantEvent.AttributesChanged,
  ParticipantEvent.ParticipantNameChanged,
  ParticipantEvent.ParticipantPermissionsChanged,
] as const;
