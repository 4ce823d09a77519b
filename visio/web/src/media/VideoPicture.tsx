import type { Track } from "livekit-client";
import { useEffect, useRef } from "react";

interface Props {
  track: Track;
  /** Shown as long as it is there: for when the track itself has nothing to show for a moment. */
  instead?: MediaStreamTrack | undefined;
  /** One's own camera is shown as in a mirror. */
  mirrored?: boolean;
  /** A shared screen is shown whole; a face may be cropped. */
  whole?: boolean;
}

/** The moving picture of a track. Attaching goes through livekit-client, which then knows its size and visibility. */
export function VideoPicture({ track, instead, mirrored, whole }: Props) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    if (instead) {
      video.srcObject = new MediaStream([instead]);
      return;
    }
    track.attach(video);
    return () => {
      track.detach(video);
    };
  }, [track, instead]);
  const classes = ["picture", mirrored && "mirrored", whole && "whole"].filter(Boolean).join(" ");
  return <video ref={element} className={classes} muted playsInline autoPlay aria-hidden="true" tabIndex={-1} />;
}
