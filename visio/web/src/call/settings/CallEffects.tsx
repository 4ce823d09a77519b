import { lazy, Suspense } from "react";
import { VideoPicture } from "../../media/VideoPicture";
import { useCall } from "../state/CallContext";
import { useCamera } from "../state/hooks";

// Few open it, and it brings the pictures with it.
const EffectsDialog = lazy(() => import("../../media/effects/EffectsDialog"));

/** The effects on one's own camera and microphone, during a meeting. */
export function CallEffects({ onClose }: { onClose: () => void }) {
  const { room } = useCall();
  const camera = useCamera(room.localParticipant);
  return (
    <Suspense>
      <EffectsDialog picture={camera && <VideoPicture track={camera} mirrored />} onClose={onClose} />
    </Suspense>
  );
}
