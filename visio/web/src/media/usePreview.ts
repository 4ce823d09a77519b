import { useEffect, useRef, useState } from "react";
import { chooseBackground, chosenBackground } from "./effects/choice";
import { wear } from "./effects/wear";
import { Mirror } from "./mirror";
import { type Capture, open, openBoth } from "./open";
import { type DeviceProblem, deviceProblem } from "./problems";

export type Opened<Device> =
  | { state: "starting" | "off" }
  | { state: "on"; device: Device }
  | { state: "failed"; problem: DeviceProblem };

/** What a meeting takes over from the preview. */
export interface Taken {
  microphone?: Capture;
  camera?: Mirror;
}

/** The person's own microphone and camera before the meeting. */
export interface Preview {
  microphone: Opened<Capture>;
  camera: Opened<Mirror>;
  switchMicrophone: (on: boolean, deviceId?: string) => Promise<void>;
  switchCamera: (on: boolean, deviceId?: string) => Promise<void>;
  /** Hands what is open over to the meeting: from then on the preview does not stop it. */
  take: () => Taken;
}

export function usePreview(): Preview {
  const [microphone, setMicrophone] = useState<Opened<Capture>>({ state: "starting" });
  const [camera, setCamera] = useState<Opened<Mirror>>({ state: "starting" });
  const held = useRef<Taken>({});

  function showMicrophone(opened: Opened<Capture>): void {
    held.current.microphone = opened.state === "on" ? opened.device : undefined;
    setMicrophone(opened);
  }

  function showCamera(opened: Opened<Mirror>): void {
    held.current.camera = opened.state === "on" ? opened.device : undefined;
    setCamera(opened);
  }

  useEffect(() => {
    let shown = true;
    void openEach().then(async ([audio, video]) => {
      if (!shown) return [audio, video].forEach(close);
      showMicrophone(audio);
      const dressed = await dress(video);
      if (!shown) return close(dressed);
      showCamera(dressed);
    });
    return () => {
      shown = false;
      const { microphone, camera } = held.current;
      microphone?.track.stop();
      camera?.stop();
      held.current = {};
    };
  }, []);

  async function switchMicrophone(on: boolean, deviceId?: string) {
    close(microphone);
    showMicrophone({ state: on ? "starting" : "off" });
    if (on) showMicrophone(await attempt(() => open("audio", deviceId)));
  }

  async function switchCamera(on: boolean, deviceId?: string) {
    close(camera);
    // Whoever turns it on again has been told what to expect.
    if (on && chosenBackground.get().problem) chooseBackground("none");
    showCamera({ state: on ? "starting" : "off" });
    if (on) showCamera(await dress(await attempt(async () => new Mirror(await open("video", deviceId)))));
  }

  useEffect(() => chosenBackground.subscribe(() => {
    const { background, problem } = chosenBackground.get();
    // One who cannot be seen as they wish is not seen.
    if (problem) void switchCamera(false);
    else if (camera.state === "on") wear(camera.device, background).catch(() => {});
  }), [camera]);

  useEffect(() => whenGone(camera, () => void switchCamera(true)), [camera]);
  useEffect(() => whenGone(microphone, () => void switchMicrophone(true)), [microphone]);

  function take(): Taken {
    const taken = held.current;
    held.current = {};
    return taken;
  }

  return { microphone, camera, switchMicrophone, switchCamera, take };
}

function close(opened: Opened<Capture | Mirror>): void {
  if (opened.state !== "on") return;
  if (opened.device instanceof Mirror) opened.device.stop();
  else opened.device.track.stop();
}

/** A device was unplugged, or taken by the system: then the next one is tried, which also finds out why there is none. */
function whenGone(opened: Opened<Capture | Mirror>, act: () => void): (() => void) | undefined {
  if (opened.state !== "on") return undefined;
  const { track } = opened.device instanceof Mirror ? opened.device.capture : opened.device;
  track.addEventListener("ended", act, { once: true });
  return () => track.removeEventListener("ended", act);
}

/** Both at once; each alone when that fails. */
async function openEach(): Promise<[Opened<Capture>, Opened<Mirror>]> {
  try {
    const { microphone, camera } = await openBoth();
    return [{ state: "on", device: microphone }, { state: "on", device: new Mirror(camera) }];
  } catch {
    return [await attempt(() => open("audio")), await attempt(async () => new Mirror(await open("video")))];
  }
}

/** The camera before the chosen background. It is off where that fails. */
async function dress(opened: Opened<Mirror>): Promise<Opened<Mirror>> {
  if (opened.state !== "on") return opened;
  try {
    await wear(opened.device, chosenBackground.get().background);
    return opened;
  } catch {
    return { state: "off" };
  }
}

async function attempt<Device>(act: () => Promise<Device>): Promise<Opened<Device>> {
  try {
    return { state: "on", device: await act() };
  } catch (error) {
    return { state: "failed", problem: deviceProblem(error, window.isSecureContext) };
  }
}
