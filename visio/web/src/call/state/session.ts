import { type LocalTrack, Room, RoomEvent, Track, VideoPresets } from "livekit-client";
import { type JoinAnswer, joinRoom } from "../../api/call";
import type { JoinChoice } from "../../features/prejoin/JoinForm";
import { AUDIO_CAPTURE, VIDEO_CAPTURE } from "../../media/capture";
import { Attendance } from "./attendance";
import { Chat } from "./chat";
import { LiveTranscript } from "./liveTranscript";
import { Observable } from "./observable";
import { PatientReconnection } from "./reconnection";
import { followNetwork } from "./roaming";
import { Toasts } from "./toasts";

/** One person's presence in one meeting, from the accepted join to the end. */
export interface CallSession {
  slug: string;
  token: string;
  room: Room;
  chat: Chat;
  transcript: LiveTranscript;
  attendance: Attendance;
  toasts: Toasts;
  /** What the preview had open and the meeting does not have yet: shown as on, not switchable for a moment. */
  starting: Observable<readonly Track.Source[]>;
  joinedAt: number;
}

/** Asks to enter and connects; rejects with a Problem or livekit-client's ConnectionError. */
export async function enter(slug: string, choice: JoinChoice): Promise<CallSession> {
  const answer = await joinRoom(slug, { name: choice.name, shared_microphone: choice.sharedMicrophone });
  const room = newRoom();
  // The handlers exist before the connection does: nothing said in its first moments is lost.
  const session = {
    slug,
    token: answer.token,
    room,
    chat: new Chat(room),
    transcript: new LiveTranscript(room),
    attendance: new Attendance(room),
    toasts: new Toasts(),
    starting: new Observable<readonly Track.Source[]>([]),
  };
  await room.connect(addressOf(answer), answer.token);
  return { ...session, joinedAt: Date.now() };
}

/** Publishes what the preview had open. A device that fails here can be switched on again in the call. */
export async function publish({ room, starting }: CallSession, tracks: LocalTrack[]): Promise<void> {
  starting.set(tracks.map(sourceOf));
  await Promise.allSettled(
    tracks.map((track) => room.localParticipant.publishTrack(track, { source: sourceOf(track) })),
  );
  starting.set([]);
}

function newRoom(): Room {
  const room = new Room({
    adaptiveStream: true,
    dynacast: true,
    reconnectPolicy: new PatientReconnection(),
    audioCaptureDefaults: AUDIO_CAPTURE,
    videoCaptureDefaults: VIDEO_CAPTURE,
    publishDefaults: {
      videoCodec: "vp8",
      simulcast: true,
      videoSimulcastLayers: [VideoPresets.h180, VideoPresets.h360],
      dtx: true,
    },
  });
  // Every tile listens to its participant: the emitter's warning is meant for leaks.
  room.setMaxListeners(0);
  room.on(RoomEvent.ParticipantConnected, (participant) => participant.setMaxListeners(0));
  followNetwork(room);
  // Without its key it would be noise: better neither heard nor seen.
  room.on(RoomEvent.TrackSubscribed, (_, publication) => {
    if (publication.isEncrypted) publication.setSubscribed(false);
  });
  return room;
}

function sourceOf(track: LocalTrack): Track.Source {
  return track.kind === Track.Kind.Video ? Track.Source.Camera : Track.Source.Microphone;
}

function addressOf({ url }: JoinAnswer): string {
  return url || location.origin.replace(/^http/, "ws");
}
