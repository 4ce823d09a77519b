import type { AudioCaptureOptions, VideoCaptureOptions } from "livekit-client";

export const AUDIO_CAPTURE: AudioCaptureOptions = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  voiceIsolation: true,
};

/** 540 lines: a face is sharp on a tile; 720 would cost a plain laptop half as much processor again. */
export const VIDEO_CAPTURE: VideoCaptureOptions = { resolution: { width: 960, height: 540, frameRate: 25, aspectRatio: 16 / 9 } };
