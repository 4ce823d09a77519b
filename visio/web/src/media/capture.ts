import { type AudioCaptureOptions, type VideoCaptureOptions, VideoPresets } from "livekit-client";

export const AUDIO_CAPTURE: AudioCaptureOptions = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** 540 lines: a face is sharp on a tile; 720 would cost a plain laptop half as much processor again. */
export const VIDEO_CAPTURE: VideoCaptureOptions = { resolution: VideoPresets.h540.resolution };
