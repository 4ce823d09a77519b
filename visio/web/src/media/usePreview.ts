import {
  createLocalAudioTrack,
  createLocalTracks,
  createLocalVideoTrack,
  type LocalAudioTrack,
  type LocalTrack,
  type LocalVideoTrack,
  Track,
  TrackEvent,
} from "livekit-client";
import { useEffect, useRef, useState } from "react";
import { AUDIO_CAPTURE, VIDEO_CAPTURE } from "./capture";
import { chooseBackground, chosenBackground } from "./effects/choice";
import { wear } from "./effects/wear";
import { type DeviceProblem, deviceProblem } from "./problems";

export type Opened<Local extends LocalTrack> =
  | { state: "starting" | "off" }
  | { state: "on"; track: Local }
  | { state: "failed"; problem: DeviceProblem };

/** The person's own microphone and camera before the meeting. */
export interface Preview {
  microphone: Opened<LocalAudioTrack>;
  camera: Opened<LocalVideoTrack>;
  switchMicrophone: (on: boolean, deviceId?: string) => Promise<void>;
  switchCamera: (on: boolean, deviceId?: string) => Promise<void>;
  /** Hands the open tracks over to the meeting: from then on the preview does not stop them. */
  take: () => LocalTrack[];
}

export function usePreview(): Preview {
  const [microphone, setMicrophone] = useState<Opened<LocalAudioTrack>>({ state: "starting" });
  const [camera, setCamera] = useState<Opened<LocalVideoTrack>>({ state: "starting" });
  const tracks = useRef(new Set<LocalTrack>());

  function keep<Local extends LocalTrack>(track: Local): Opened<Local> {
    tracks.current.add(track);
    return { state: "on", track };
  }

  function drop(opened: Opened<LocalTrack>): void {
    if (opened.state !== "on") return;
    opened.track.stop();
    tracks.current.delete(opened.track);
  }

  useEffect(() => {
    let shown = true;
    const held = tracks.current;
    void openBoth().then(async ([audio, video]) => {
      if (!shown) return [audio, video].forEach((opened) => opened.state === "on" && opened.track.stop());
      setMicrophone(audio.state === "on" ? keep(audio.track) : audio);
      const dressed = await dress(video);
      if (!shown) return dressed.state === "on" && dressed.track.stop();
      setCamera(dressed.state === "on" ? keep(dressed.track) : dressed);
    });
    return () => {
      shown = false;
      for (const track of held) track.stop();
      held.clear();
    };
  }, []);

  async function switchMicrophone(on: boolean, deviceId?: string) {
    drop(microphone);
    if (!on) return setMicrophone({ state: "off" });
    setMicrophone({ state: "starting" });
    const opened = await attempt(() => createLocalAudioTrack({ ...AUDIO_CAPTURE, deviceId }));
    setMicrophone(opened.state === "on" ? keep(opened.track) : opened);
  }

  async function switchCamera(on: boolean, deviceId?: string) {
    drop(camera);
    // Whoever turns it on again has been told what to expect.
    if (on && chosenBackground.get().problem) chooseBackground("none");
    if (!on) return setCamera({ state: "off" });
    setCamera({ state: "starting" });
    const opened = await dress(await attempt(() => createLocalVideoTrack({ ...VIDEO_CAPTURE, deviceId })));
    setCamera(opened.state === "on" ? keep(opened.track) : opened);
  }

  useEffect(() => chosenBackground.subscribe(() => {
    const { background, problem } = chosenBackground.get();
    // One who cannot be seen as they wish is not seen.
    if (problem) void switchCamera(false);
    else if (camera.state === "on") wear(camera.track, background).catch(() => {});
  }), [camera]);

  useEffect(() => whenGone(camera, () => void switchCamera(true)), [camera]);
  useEffect(() => whenGone(microphone, () => void switchMicrophone(true)), [microphone]);

  function take(): LocalTrack[] {
    const taken = [...tracks.current];
    tracks.current.clear();
    return taken;
  }

  return { microphone, camera, switchMicrophone, switchCamera, take };
}

/** A device was unplugged, or taken by the system: then the next one is tried, which also finds out why there is none. */
function whenGone(opened: Opened<LocalTrack>, act: () => void): (() => void) | undefined {
  if (opened.state !== "on") return undefined;
  const { track } = opened;
  track.once(TrackEvent.Ended, act);
  return () => {
    track.off(TrackEvent.Ended, act);
  };
}

/** Asks for both at once, so that the browser asks the person once; each alone when that fails. */
async function openBoth(): Promise<[Opened<LocalAudioTrack>, Opened<LocalVideoTrack>]> {
  try {
    const opened = await createLocalTracks({ audio: AUDIO_CAPTURE, video: VIDEO_CAPTURE });
    const audio = opened.find((track) => track.kind === Track.Kind.Audio) as LocalAudioTrack;
    const video = opened.find((track) => track.kind === Track.Kind.Video) as LocalVideoTrack;
    return [{ state: "on", track: audio }, { state: "on", track: video }];
  } catch {
    return [
      await attempt(() => createLocalAudioTrack(AUDIO_CAPTURE)),
      await attempt(() => createLocalVideoTrack(VIDEO_CAPTURE)),
    ];
  }
}

/** The camera before the chosen background. It is off where that fails. */
async function dress(opened: Opened<LocalVideoTrack>): Promise<Opened<LocalVideoTrack>> {
  if (opened.state !== "on") return opened;
  try {
    await wear(opened.track, chosenBackground.get().background);
    return opened;
  } catch {
    return { state: "off" };
  }
}

async function attempt<Local extends LocalTrack>(open: () => Promise<Local>): Promise<Opened<Local>> {
  try {
    return { state: "on", track: await open() };
  } catch (error) {
    return { state: "failed", problem: deviceProblem(error, window.isSecureContext) };
  }
}
