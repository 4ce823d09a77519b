import { LocalAudioTrack, type Room, RoomEvent, Track } from "livekit-client";
import { NoiseProcessor } from "../../media/effects/noiseProcessor";
import { chooseNoiseSuppression, suppressesNoise } from "../../media/effects/noiseChoice";
import type { Toasts } from "./toasts";

/** Takes noise out of the person's voice where they want it; where that fails the browser does what it can. */
export function followNoise(room: Room, toasts: Toasts): void {
  let turn: Promise<void> = Promise.resolve();
  function giveUp(): void {
    toasts.show({ kind: "noise" });
    chooseNoiseSuppression(false);
  }
  async function apply(): Promise<void> {
    const voice = room.localParticipant.getTrackPublication(Track.Source.Microphone)?.track;
    if (!(voice instanceof LocalAudioTrack)) return;
    const isOn = voice.getProcessor() !== undefined;
    if (suppressesNoise.get() === isOn) return;
    if (isOn) await voice.stopProcessor();
    else await voice.setProcessor(new NoiseProcessor(giveUp)).catch(giveUp);
  }
  const later = () => {
    turn = turn.then(apply, apply);
  };
  const stopFollowing = suppressesNoise.subscribe(later);
  room.on(RoomEvent.LocalTrackPublished, later);
  room.on(RoomEvent.Disconnected, stopFollowing);
}
