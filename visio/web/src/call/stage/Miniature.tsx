import { Mic, MicOff, Phone, Video, VideoOff } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { Button } from "react-aria-components";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { useMedia, useSwitches } from "../bar/useMedia";
import { useCall } from "../state/CallContext";
import { useObservable } from "../state/hooks";
import { frontOf } from "../state/scene";
import { useScene } from "../state/useScene";
import { MiniaturePicture } from "./MiniaturePicture";
import "./Miniature.css";

/** The meeting in a window above the others, while there is one. */
export function Miniature() {
  const { view } = useCall();
  const opened = useObservable(view.miniature.window);
  useEffect(() => view.miniature.close, [view]);
  return opened ? createPortal(<Content />, opened.document.body) : null;
}

function Content() {
  const { t } = useTranslation();
  const { room } = useCall();
  const { microphone, camera } = useSwitches();
  const { toggleMicrophone, toggleCamera } = useMedia();
  const { scene, people } = useScene();
  const front = frontOf(scene);
  const participant = front && people.get(front.identity);
  return (
    <main className="miniature theme-dark">
      {front && participant && <MiniaturePicture subject={front} participant={participant} people={people} />}
      <div className="controls" role="group" aria-label={t("call.controls")}>
        <Control
          label={t(microphone.isOn ? "media.mute" : "media.unmute")}
          className={microphone.isOn ? "" : "off"}
          isDisabled={microphone.isStarting || !microphone.isAllowed}
          icon={microphone.isOn ? <Mic /> : <MicOff />}
          onPress={toggleMicrophone}
        />
        <Control
          label={t(camera.isOn ? "media.cameraOff" : "media.cameraOn")}
          className={camera.isOn ? "" : "off"}
          isDisabled={camera.isStarting || !camera.isAllowed}
          icon={camera.isOn ? <Video /> : <VideoOff />}
          onPress={toggleCamera}
        />
        <Control label={t("call.leave")} className="leave" icon={<Phone />} onPress={() => void room.disconnect()} />
      </div>
    </main>
  );
}

interface ControlProps {
  label: string;
  className: string;
  icon: ReactNode;
  isDisabled?: boolean;
  onPress: () => void;
}

/** Without a tooltip of ours: that would open in the meeting's own window. */
function Control({ label, className, icon, ...props }: ControlProps) {
  return (
    <Button {...props} aria-label={label} className={`button icon-only control ${className}`}>
      <span title={label}>{icon}</span>
    </Button>
  );
}
