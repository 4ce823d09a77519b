import { Track } from "livekit-client";
import { ScreenShare, ScreenShareOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import { useCall } from "../state/CallContext";
import { mayPublish, useParticipant } from "../state/hooks";
import { useMedia } from "./useMedia";

/** Absent where the browser cannot share a screen, as on telephones. */
export function ShareButton() {
  const { t } = useTranslation();
  const { room } = useCall();
  const { toggleShare } = useMedia();
  useParticipant(room.localParticipant);
  if (!navigator.mediaDevices || !("getDisplayMedia" in navigator.mediaDevices)) return null;
  const on = room.localParticipant.isScreenShareEnabled;
  const allowed = mayPublish(room.localParticipant, Track.Source.ScreenShare);
  return (
    <IconButton
      id="share-button"
      className={on ? "control active" : "control"}
      label={t(!allowed ? "share.notAllowed" : on ? "share.stop" : "share.start")}
      icon={on ? <ScreenShareOff /> : <ScreenShare />}
      isDisabled={!allowed}
      onPress={toggleShare}
    />
  );
}
