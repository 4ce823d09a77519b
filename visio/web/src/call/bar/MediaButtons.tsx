import { Mic, MicOff, Video, VideoOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import { useShortcutOf } from "./shortcuts";
import { useMedia, useSwitches } from "./useMedia";

export function MicrophoneButton() {
  const { t } = useTranslation();
  const { isOn, isStarting, isAllowed } = useSwitches().microphone;
  const { toggleMicrophone } = useMedia();
  return (
    <IconButton
      className={isOn ? "control" : "control off"}
      label={t(!isAllowed ? "media.noMicrophone" : isOn ? "media.mute" : "media.unmute")}
      shortcut={useShortcutOf("microphone")}
      icon={isOn ? <Mic /> : <MicOff />}
      isDisabled={isStarting || !isAllowed}
      onPress={toggleMicrophone}
    />
  );
}

export function CameraButton() {
  const { t } = useTranslation();
  const { isOn, isStarting, isAllowed } = useSwitches().camera;
  const { toggleCamera } = useMedia();
  return (
    <IconButton
      className={isOn ? "control" : "control off"}
      label={t(!isAllowed ? "media.noCamera" : isOn ? "media.cameraOff" : "media.cameraOn")}
      shortcut={useShortcutOf("camera")}
      icon={isOn ? <Video /> : <VideoOff />}
      isDisabled={isStarting || !isAllowed}
      onPress={toggleCamera}
    />
  );
}
