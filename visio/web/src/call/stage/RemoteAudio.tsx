import { type RemoteAudioTrack, RoomEvent, type RemoteTrack, Track } from "livekit-client";
import { useEffect, useRef } from "react";
import { useCall } from "../state/CallContext";
import { useRoomEvents } from "../state/hooks";

/** The voices of the others, whether or not their tiles are on the page. */
export function RemoteAudio() {
  const { room } = useCall();
  useRoomEvents(RoomEvent.TrackSubscribed, RoomEvent.TrackUnsubscribed, RoomEvent.ParticipantDisconnected);
  const tracks = [...room.remoteParticipants.values()]
    .flatMap((participant) => [...participant.audioTrackPublications.values()])
    .flatMap(({ track }) => (isAudio(track) ? [track] : []));
  return (
    <div hidden>
      {tracks.map((track) => (
        <Voice key={track.sid} track={track} />
      ))}
    </div>
  );
}

function Voice({ track }: { track: RemoteAudioTrack }) {
  const element = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const audio = element.current;
    if (!audio) return;
    track.attach(audio);
    return () => {
      track.detach(audio);
    };
  }, [track]);
  return <audio ref={element} />;
}

function isAudio(track: RemoteTrack | undefined): track is RemoteAudioTrack {
  return track?.kind === Track.Kind.Audio;
}
