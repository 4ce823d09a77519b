import { Track } from "livekit-client";
import { useMemo } from "react";
import { EffectFailure } from "../../media/effects/backgroundProcessor";
import { giveUpBackground } from "../../media/effects/choice";
import { deviceProblem } from "../../media/problems";
import { useCall } from "../state/CallContext";
import { mayPublish, useObservable, useParticipant } from "../state/hooks";

export interface Switch {
  isOn: boolean;
  /** While it starts it is shown as on, and cannot be switched. */
  isStarting: boolean;
  /** Whether the room lets the person send it. */
  isAllowed: boolean;
}

/** Whether one's own microphone and camera are on. */
export function useSwitches(): { microphone: Switch; camera: Switch } {
  const { room, starting } = useCall();
  const person = room.localParticipant;
  useParticipant(person);
  const sources = useObservable(starting);
  const state = (source: Track.Source, enabled: boolean) => {
    const isStarting = sources.includes(source);
    return { isOn: enabled || isStarting, isStarting, isAllowed: mayPublish(person, source) };
  };
  return {
    microphone: state(Track.Source.Microphone, person.isMicrophoneEnabled),
    camera: state(Track.Source.Camera, person.isCameraEnabled),
  };
}

/** Switches one's own devices; what the browser refuses is said in a toast. */
export function useMedia(): { toggleMicrophone: () => void; toggleCamera: () => void; toggleShare: () => void } {
  const { room, toasts, starting } = useCall();
  return useMemo(() => {
    const person = room.localParticipant;
    const explain = (device: "microphone" | "camera") => (error: unknown) => {
      if (error instanceof EffectFailure) giveUpBackground("failed");
      else toasts.show({ kind: "device", device, problem: deviceProblem(error, window.isSecureContext) });
    };
    return {
      toggleMicrophone() {
        if (starting.get().includes(Track.Source.Microphone) || !mayPublish(person, Track.Source.Microphone)) return;
        person.setMicrophoneEnabled(!person.isMicrophoneEnabled).catch(explain("microphone"));
      },
      toggleCamera() {
        if (starting.get().includes(Track.Source.Camera) || !mayPublish(person, Track.Source.Camera)) return;
        person.setCameraEnabled(!person.isCameraEnabled).catch(explain("camera"));
      },
      toggleShare() {
        person
          .setScreenShareEnabled(!person.isScreenShareEnabled, { audio: true, contentHint: "detail" })
          .catch((error: unknown) => {
            // Closing the browser's picker is a refusal too, but nobody needs to be told of it.
            if (!(error instanceof Error && error.name === "NotAllowedError")) toasts.show({ kind: "share" });
          });
      },
    };
  }, [room, toasts, starting]);
}
