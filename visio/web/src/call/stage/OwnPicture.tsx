import { type Track, TrackEvent } from "livekit-client";
import { useEffect, useRef, useState } from "react";

/**
 * One's own camera, never black: when livekit-client closes and opens it, for another device or to publish it anew after
 * an interruption, what was shown goes on until the next picture is there.
 */
export function OwnPicture({ track }: { track: Track }) {
  const [cameras, setCameras] = useState([track.mediaStreamTrack]);
  useEffect(() => {
    const add = () =>
      setCameras((shown) => (shown.at(-1) === track.mediaStreamTrack ? shown : [...shown, track.mediaStreamTrack]));
    add();
    track.on(TrackEvent.Restarted, add).on(TrackEvent.TrackProcessorUpdate, add);
    return () => {
      track.off(TrackEvent.Restarted, add).off(TrackEvent.TrackProcessorUpdate, add);
    };
  }, [track]);
  const dropBefore = (camera: MediaStreamTrack) => setCameras((shown) => shown.slice(shown.indexOf(camera)));
  return cameras.map((camera) => <Copy key={camera.id} camera={camera} onShown={() => dropBefore(camera)} />);
}

/** A copy runs on when livekit-client stops the camera it was made of. */
function Copy({ camera, onShown }: { camera: MediaStreamTrack; onShown: () => void }) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const copy = camera.clone();
    if (element.current) element.current.srcObject = new MediaStream([copy]);
    return () => copy.stop();
  }, [camera]);
  return (
    <video
      ref={element}
      className="picture mirrored own"
      muted
      playsInline
      autoPlay
      aria-hidden="true"
      tabIndex={-1}
      onLoadedData={onShown}
    />
  );
}
