import { AUDIO_CAPTURE, VIDEO_CAPTURE } from "./capture";

/** An open microphone or camera, and what the browser was asked for: to open it again it is asked for the same. */
export interface Capture {
  track: MediaStreamTrack;
  constraints: MediaTrackConstraints;
}

type Kind = "audio" | "video";

/** Asks for both at once, so that the browser asks the person once. */
export async function openBoth(): Promise<{ microphone: Capture; camera: Capture }> {
  const wanted = { audio: constraintsOf("audio", ANY), video: constraintsOf("video", ANY) };
  const stream = await navigator.mediaDevices.getUserMedia(wanted);
  return { microphone: captureOf(stream, "audio", wanted.audio), camera: captureOf(stream, "video", wanted.video) };
}

/** The chosen one or, where it has gone meanwhile, what comes closest. */
export async function open(kind: Kind, deviceId?: string): Promise<Capture> {
  if (deviceId === undefined) return openOne(kind, ANY);
  return openOne(kind, { exact: deviceId }).catch(() => openOne(kind, { ideal: deviceId }));
}

async function openOne(kind: Kind, deviceId: ConstrainDOMString): Promise<Capture> {
  const constraints = constraintsOf(kind, deviceId);
  return captureOf(await navigator.mediaDevices.getUserMedia({ [kind]: constraints }), kind, constraints);
}

function constraintsOf(kind: Kind, deviceId: ConstrainDOMString): MediaTrackConstraints {
  return { ...(kind === "audio" ? AUDIO_CAPTURE : VIDEO_CAPTURE.resolution), deviceId } as MediaTrackConstraints;
}

/** With the device that the person gave: asked for another one, browsers would ask them again. */
function captureOf(stream: MediaStream, kind: Kind, constraints: MediaTrackConstraints): Capture {
  const [track] = kind === "audio" ? stream.getAudioTracks() : stream.getVideoTracks();
  if (!track) throw new DOMException("nothing was opened", "NotFoundError");
  return { track, constraints: { ...constraints, deviceId: track.getSettings().deviceId } };
}

const ANY: ConstrainDOMString = { ideal: "default" };
