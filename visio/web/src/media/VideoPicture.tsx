import type { Track } from "livekit-client";
import { useEffect, useRef } from "react";

interface Props {
  track: Track;
  /** One's own camera is shown as in a mirror. */
  mirrored?: boolean;
  /** A shared screen is shown whole; a face may be cropped. */
  whole?: boolean;
}

/** The moving picture of a track. Attaching goes through livekit-client, which then knows its size and visibility. */
export function VideoPicture({ track, mirrored, whole }: Props) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    track.attach(video);
    return () => {
      track.detach(video);
    };
  }, [track]);
  const classes = ["picture", mirrored && "mirrored", whole && "whole"].filter(Boolean).join(" ");
  return <video ref={element} className={classes} muted playsInline autoPlay aria-hidden="true" tabIndex={-1} />;
}
