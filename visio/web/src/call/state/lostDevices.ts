import { LocalTrack, type Room, RoomEvent, Track, TrackEvent } from "livekit-client";
import type { Toasts } from "./toasts";

/**
 * Tells the person when a device is gone for good. livekit-client opens the next one by itself when a device ends, and
 * where it cannot, mutes the track without a word.
 */
export function tellLostDevices(room: Room, toasts: Toasts): void {
  room.on(RoomEvent.LocalTrackPublished, ({ track, source }) => {
    const device = NAMES[source];
    if (!(track instanceof LocalTrack) || !device || told.has(track)) return;
    told.add(track);
    let isLost = false;
    track.on(TrackEvent.Ended, () => {
      isLost = true;
    });
    track.on(TrackEvent.Restarted, () => {
      isLost = false;
    });
    track.on(TrackEvent.Muted, async () => {
      if (!isLost) return;
      isLost = false;
      toasts.show({ kind: "device", device, problem: (await isRefused(device)) ? "denied" : "missing" });
    });
  });
}

/** Published anew after an interruption, a track is the same. */
const told = new WeakSet<LocalTrack>();

const NAMES: Partial<Record<Track.Source, "microphone" | "camera">> = {
  [Track.Source.Microphone]: "microphone",
  [Track.Source.Camera]: "camera",
};

/** Firefox does not know of these permissions. */
async function isRefused(device: "microphone" | "camera"): Promise<boolean> {
  try {
    const { state } = await navigator.permissions.query({ name: device as PermissionName });
    return state === "denied";
  } catch {
    return false;
  }
}
