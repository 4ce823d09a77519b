import { useMemo } from "react";
import { deviceProblem } from "../../media/problems";
import { useCall } from "../state/CallContext";

export interface Media {
  toggleMicrophone: () => void;
  toggleCamera: () => void;
  toggleShare: () => void;
}

/** Switches one's own devices; what the browser refuses is said in a toast. */
export function useMedia(): Media {
  const { room, toasts } = useCall();
  return useMemo(() => {
    const person = room.localParticipant;
    const explain = (device: "microphone" | "camera") => (error: unknown) =>
      toasts.show({ kind: "device", device, problem: deviceProblem(error, window.isSecureContext) });
    return {
      toggleMicrophone: () =>
        void person.setMicrophoneEnabled(!person.isMicrophoneEnabled).catch(explain("microphone")),
      toggleCamera: () => void person.setCameraEnabled(!person.isCameraEnabled).catch(explain("camera")),
      toggleShare: () =>
        void person
          .setScreenShareEnabled(!person.isScreenShareEnabled, { audio: true, contentHint: "detail" })
          .catch((error: unknown) => {
            // Closing the browser's picker is a refusal too, but nobody needs to be told of it.
            if (!(error instanceof Error && error.name === "NotAllowedError")) toasts.show({ kind: "share" });
          }),
    };
  }, [room, toasts]);
}
