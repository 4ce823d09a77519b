import { LocalAudioTrack, type LocalTrack, LocalVideoTrack } from "livekit-client";
import type { Trial } from "./trial";

/** A tone and a moving picture of our own making: nobody's voice or face is needed to test a network. */
export function madeTracks(trial: Trial): LocalTrack[] {
  return [
    new LocalAudioTrack(tone(trial), undefined, true),
    new LocalVideoTrack(picture(trial), undefined, true),
  ];
}

function tone(trial: Trial): MediaStreamTrack {
  const context = new AudioContext();
  trial.closing(() => context.close());
  const out = context.createMediaStreamDestination();
  const source = context.createOscillator();
  source.connect(out);
  source.start();
  void context.resume();
  return out.stream.getAudioTracks()[0] as MediaStreamTrack;
}

function picture(trial: Trial): MediaStreamTrack {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = SIZE;
  const pen = canvas.getContext("2d") as CanvasRenderingContext2D;
  let turn = 0;
  // Animation frames would stop in a tab that nobody looks at.
  const timer = setInterval(() => {
    turn = (turn + 7) % 360;
    pen.fillStyle = `hsl(${turn} 60% 50%)`;
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }, 1000 / FRAMES);
  const track = canvas.captureStream(FRAMES).getVideoTracks()[0] as MediaStreamTrack;
  trial.closing(() => {
    clearInterval(timer);
    track.stop();
  });
  return track;
}

/** Small enough for any line: it is asked whether pictures go, not how many. */
const SIZE: [number, number] = [320, 180];
const FRAMES = 10;
