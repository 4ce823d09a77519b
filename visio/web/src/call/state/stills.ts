import type { RemoteTrackPublication } from "livekit-client";

/** Shows one frame of a shared screen now and then: it is asked for, and held back as soon as it is there. */
export function showStills(publication: RemoteTrackPublication): () => void {
  function fetchOne(): void {
    publication.setEnabled(true);
    const video = publication.track?.attachedElements[0];
    if (!(video instanceof HTMLVideoElement)) return;
    video.requestVideoFrameCallback(() => isOver || publication.setEnabled(false));
  }
  let isOver = false;
  fetchOne();
  const timer = window.setInterval(fetchOne, EVERY);
  return () => {
    isOver = true;
    window.clearInterval(timer);
    publication.setEnabled(true);
    // No way back is offered to a picture that is fetched while it is visible, and only then.
    Reflect.set(publication, "requestedDisabled", undefined);
    publication.emitTrackUpdate();
  };
}

/** Milliseconds. Each is a whole picture: more often costs more than a slow film. */
const EVERY = 4_000;
