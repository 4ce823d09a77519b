import { Mic, MicOff, Video, VideoOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import { useCall } from "../state/CallContext";
import { useParticipant } from "../state/hooks";
import { shortcutOf } from "./shortcuts";
import { useMedia } from "./useMedia";

export function MicrophoneButton() {
  const { t } = useTranslation();
  const { room } = useCall();
  const { toggleMicrophone } = useMedia();
  useParticipant(room.localParticipant);
  const on = room.localParticipant.isMicrophoneEnabled;
  return (
    <IconButton
      className={on ? "control" : "control off"}
      label={t(on ? "media.mute" : "media.unmute")}
      shortcut={shortcutOf("D")}
      icon={on ? <Mic /> : <MicOff />}
      onPress={toggleMicrophone}
    />
  );
}

export function CameraButton() {
  const { t } = useTranslation();
  const { room } = useCall();
  const { toggleCamera } = useMedia();
  useParticipant(room.localParticipant);
  const on = room.localParticipant.isCameraEnabled;
  return (
    <IconButton
      className={on ? "control" : "control off"}
      label={t(on ? "media.cameraOff" : "media.cameraOn")}
      shortcut={shortcutOf("E")}
      icon={on ? <Video /> : <VideoOff />}
      onPress={toggleCamera}
    />
  );
}
