import { RoomEvent } from "livekit-client";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { setCaptions } from "../../api/call";
import { useChoice } from "../../design/choice";
import { hueOf } from "../../design/identity";
import { useCall } from "../state/CallContext";
import { useCaptionChoice } from "../state/captionChoice";
import { CAPTION_COLOURS, CAPTION_PLACE } from "../state/captionLook";
import { useObservable, useRoomState } from "../state/hooks";
import "./Captions.css";

/** What is being said, over the pictures, for those who want it. */
export function Captions() {
  const { t } = useTranslation();
  const { captions } = useCall();
  const shown = useObservable(captions.captions);
  const choice = useCaptionChoice();
  const look = `${useChoice(CAPTION_PLACE)} ${useChoice(CAPTION_COLOURS)}`;
  const { transcription } = useRoomState();
  const wanted = choice !== "off" && transcription === "on";
  useAsking(wanted);
  if (!wanted) return null;
  // Not read out: who needs that hears the voices themselves, and the transcript has the lines.
  return (
    <div className={`captions theme-dark ${choice} ${look}`} role="log" aria-live="off" aria-label={t("captions.title")}>
      {shown.map(({ id, name, text, final }) => (
        <p key={id} className={`hue-${hueOf(name)}`} data-final={final}>
          <strong>{name}</strong>
          <span>{text}</span>
        </p>
      ))}
    </div>
  );
}

/** Tells the server, and tells it again when it has lost us: only for those who ask is it worked out. */
function useAsking(wanted: boolean): void {
  const { room, slug, token } = useCall();
  useEffect(() => {
    if (!wanted) return;
    // Without an answer the captions come with whole sentences, as the transcript does.
    const ask = (on: boolean) => void setCaptions(slug, token, on).catch(() => undefined);
    const askAgain = () => ask(true);
    askAgain();
    room.on(RoomEvent.Reconnected, askAgain);
    return () => {
      room.off(RoomEvent.Reconnected, askAgain);
      ask(false);
    };
  }, [wanted, room, slug, token]);
}
