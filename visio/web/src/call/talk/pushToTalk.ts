import { Track } from "livekit-client";
import { useEffect } from "react";
import { Choice, useChoice } from "../../design/choice";
import { deviceProblem } from "../../media/problems";
import { mayPublish } from "../state/hooks";
import type { CallSession } from "../state/session";

export const PUSH_TO_TALK = new Choice("visio.push-to-talk", ["on", "off"]);

/** What `closest` finds where the space bar has a meaning of its own: it writes, presses or scrolls. */
const OCCUPIED =
  'input, textarea, select, button, a[href], summary, [contenteditable]:not([contenteditable="false"]), [tabindex="0"], ' +
  '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]';

/** Whether holding the space bar there means to speak. */
export function meansToTalk(event: Pick<KeyboardEvent, "code" | "repeat" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">, isFree: boolean): boolean {
  const { code, repeat, ctrlKey, metaKey, altKey, shiftKey } = event;
  return code === "Space" && isFree && !repeat && !ctrlKey && !metaKey && !altKey && !shiftKey;
}

/** While the space bar is held, one who is muted is heard. */
export function usePushToTalk({ room, toasts }: CallSession): void {
  const wanted = useChoice(PUSH_TO_TALK) === "on";
  useEffect(() => {
    if (!wanted) return;
    const person = room.localParticipant;
    let talking: Promise<unknown> | undefined;
    function press(event: KeyboardEvent) {
      const isFree = !(event.target instanceof Element && event.target.closest(OCCUPIED));
      if (talking || !meansToTalk(event, isFree)) return;
      event.preventDefault();
      if (person.isMicrophoneEnabled || !mayPublish(person, Track.Source.Microphone)) return;
      talking = person.setMicrophoneEnabled(true).catch((error: unknown) => {
        toasts.show({ kind: "device", device: "microphone", problem: deviceProblem(error, window.isSecureContext) });
      });
    }
    function release() {
      // What is still being switched on must not stay on.
      void talking?.then(() => person.setMicrophoneEnabled(false));
      talking = undefined;
    }
    const releaseKey = (event: KeyboardEvent) => event.code === "Space" && release();
    window.addEventListener("keydown", press);
    window.addEventListener("keyup", releaseKey);
    window.addEventListener("blur", release);
    return () => {
      release();
      window.removeEventListener("keydown", press);
      window.removeEventListener("keyup", releaseKey);
      window.removeEventListener("blur", release);
    };
  }, [room, toasts, wanted]);
}
