import { LocalVideoTrack, type Room, RoomEvent, Track } from "livekit-client";
import { chosenBackground } from "../../media/effects/choice";
import { newBackground, wear } from "../../media/effects/wear";
import type { Toasts } from "./toasts";

/** Shows the person's camera as they chose, also one that is opened later. Where that cannot be, it goes off. */
export function followBackground(room: Room, toasts: Toasts): void {
  function apply(): void {
    const { background, problem } = chosenBackground.get();
    room.options.videoCaptureDefaults = { ...room.options.videoCaptureDefaults, processor: newBackground(background) };
    if (problem) toasts.show({ kind: "effect", problem });
    const camera = room.localParticipant.getTrackPublication(Track.Source.Camera)?.track;
    if (!(camera instanceof LocalVideoTrack)) return;
    // What it shows once it is on again; not before it is off.
    if (problem) void camera.mute().then(() => wear(camera, "none"));
    else wear(camera, background).catch(() => {});
  }
  room.options.videoCaptureDefaults = {
    ...room.options.videoCaptureDefaults,
    processor: newBackground(chosenBackground.get().background),
  };
  const stopFollowing = chosenBackground.subscribe(apply);
  room.on(RoomEvent.Disconnected, stopFollowing);
}
