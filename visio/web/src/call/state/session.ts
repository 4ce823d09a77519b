import { LocalAudioTrack, LocalVideoTrack, Room, RoomEvent, Track, VideoPresets } from "livekit-client";
import { type JoinAnswer, joinRoom } from "../../api/call";
import { knock, type Wait } from "../../api/lobby";
import { Problem } from "../../api/request";
import type { JoinChoice } from "../../features/prejoin/JoinForm";
import { AUDIO_CAPTURE, VIDEO_CAPTURE } from "../../media/capture";
import { chosenBackground } from "../../media/effects/choice";
import { wear } from "../../media/effects/wear";
import type { Mirror } from "../../media/mirror";
import type { Capture } from "../../media/open";
import { chosenSpeaker } from "../../media/speaker";
import type { Taken } from "../../media/usePreview";
import { Attendance } from "./attendance";
import { OwnHand } from "../hands/ownHand";
import { Reactions } from "../reactions/live";
import { followBackground } from "./background";
import { Chat } from "./chat";
import { waitForRepairs } from "./hearing";
import { mayPublish } from "./hooks";
import { LiveCaptions } from "./liveCaptions";
import { LiveTranscript } from "./liveTranscript";
import { Lobby } from "./lobby";
import { tellLostDevices } from "./lostDevices";
import { NetworkUse } from "./networkUse";
import { followNoise } from "./noise";
import { Observable } from "./observable";
import { receiveCommonCodecs } from "./receiving";
import { PatientReconnection } from "./reconnection";
import { outlast } from "./restart";
import { followNetwork } from "./roaming";
import { Toasts } from "./toasts";
import { View } from "./view";

/** One person's presence in one meeting, from the accepted join to the end. */
export interface CallSession {
  slug: string;
  token: string;
  room: Room;
  chat: Chat;
  transcript: LiveTranscript;
  captions: LiveCaptions;
  attendance: Attendance;
  network: NetworkUse;
  toasts: Toasts;
  hand: OwnHand;
  reactions: Reactions;
  /** Who waits to be let in; only hosts are told. */
  lobby: Lobby;
  view: View;
  /** What the preview had open and the meeting does not have yet: shown as on, not switchable for a moment. */
  starting: Observable<readonly Track.Source[]>;
  joinedAt: number;
}

/** Asks to enter, of the hosts where it must be so, and connects; rejects with a Problem or livekit-client's ConnectionError. */
export async function enter(
  slug: string,
  choice: JoinChoice,
  onWait: (wait: Wait) => void,
  signal: AbortSignal,
): Promise<CallSession> {
  const { name, sharedMicrophone, microphonePeople } = choice;
  const asked = { name, shared_microphone: sharedMicrophone, microphone_people: microphonePeople };
  const ask = () =>
    joinRoom(slug, asked).catch((error: unknown) => {
      if (error instanceof Problem && error.code === "must_knock") return knock(slug, asked, onWait, signal);
      throw error;
    });
  const answer = await outlast(ask, onWait, signal);
  const room = newRoom();
  // The handlers exist before the connection does: nothing said in its first moments is lost.
  const session = {
    slug,
    token: answer.token,
    room,
    chat: new Chat(room, slug, answer.token),
    transcript: new LiveTranscript(room),
    captions: new LiveCaptions(room),
    attendance: new Attendance(room),
    network: new NetworkUse(room),
    toasts: new Toasts(),
    hand: new OwnHand(room, slug, answer.token),
    reactions: new Reactions(room),
    lobby: new Lobby(room),
    view: new View(room),
    starting: new Observable<readonly Track.Source[]>([]),
  };
  tellLostDevices(room, session.toasts);
  await room.connect(addressOf(answer), answer.token);
  followBackground(room, session.toasts);
  followNoise(room, session.toasts);
  void session.chat.load();
  return { ...session, joinedAt: Date.now() };
}

/** Publishes what the preview had open. A device that fails here can be switched on again in the call. */
export async function publish({ room, starting }: CallSession, { microphone, camera }: Taken): Promise<void> {
  const may = (source: Track.Source) => mayPublish(room.localParticipant, source);
  const voice = microphone && may(Track.Source.Microphone) ? microphone : undefined;
  const picture = camera && may(Track.Source.Camera) ? camera : undefined;
  if (!voice) microphone?.track.stop();
  if (!picture) camera?.stop();
  starting.set([...(voice ? [Track.Source.Microphone] : []), ...(picture ? [Track.Source.Camera] : [])]);
  await Promise.allSettled([voice && publishVoice(room, voice), picture && publishPicture(room, picture)]);
  starting.set([]);
}

async function publishVoice({ localParticipant }: Room, { track, constraints }: Capture): Promise<void> {
  const voice = new LocalAudioTrack(track, constraints, false);
  await localParticipant.publishTrack(voice, { source: Track.Source.Microphone });
}

async function publishPicture({ localParticipant }: Room, mirror: Mirror): Promise<void> {
  const { track, constraints } = mirror.capture;
  const picture = new LocalVideoTrack(track, constraints, false);
  // A background that is still being made ready is waited for.
  await wear(mirror, chosenBackground.get().background);
  const worn = mirror.getProcessor();
  if (worn) await picture.setProcessor(worn);
  await localParticipant.publishTrack(picture, { source: Track.Source.Camera });
}

receiveCommonCodecs();

function newRoom(): Room {
  const room = new Room({
    adaptiveStream: true,
    dynacast: true,
    reconnectPolicy: new PatientReconnection(),
    audioCaptureDefaults: AUDIO_CAPTURE,
    videoCaptureDefaults: VIDEO_CAPTURE,
    audioOutput: { deviceId: chosenSpeaker.get() },
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
  waitForRepairs(room);
  // Without its key it would be noise: better neither heard nor seen.
  room.on(RoomEvent.TrackSubscribed, (_, publication) => {
    if (publication.isEncrypted) publication.setSubscribed(false);
  });
  return room;
}

function addressOf({ url }: JoinAnswer): string {
  return url || location.origin.replace(/^http/, "ws");
}
