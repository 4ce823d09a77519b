import { Mic, Video } from "lucide-react";
import { useEffect, useState } from "react";
import { Meter } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { DevicePicker } from "../../media/DevicePicker";
import { MirrorPicture } from "../../media/MirrorPicture";
import type { Capture } from "../../media/open";
import { useLevel } from "../../media/useLevel";
import type { Preview } from "../../media/usePreview";
import { SpeakerTest } from "../prejoin/SpeakerTest";
import { microphoneResult, speakerResult } from "./devices";
import { OwnVoice } from "./ownVoice";
import type { Result } from "./steps";

interface Props {
  preview: Preview;
  onResult: (result: Result) => void;
}

/** Which microphone, and a bar that shows what it hears. */
export function MicrophoneTrial({ preview, onResult }: Props) {
  const { microphone } = preview;
  const device = microphone.state === "on" ? microphone.device : undefined;
  useEffect(() => onResult(microphoneResult(microphone, "listening")), [microphone, onResult]);
  if (!device) return null;
  return (
    <div className="device-trial">
      <DevicePicker
        kind="audioinput"
        icon={<Mic aria-hidden="true" />}
        used={device.track.getSettings().deviceId}
        onChoose={(id) => void preview.switchMicrophone(true, id)}
      />
      <Listening key={device.track.id} device={device} onResult={onResult} />
    </div>
  );
}

function Listening({ device, onResult }: { device: Capture; onResult: (result: Result) => void }) {
  const { t } = useTranslation();
  const level = useLevel(device.track);
  const [own] = useState(() => new OwnVoice());
  const [voice, setVoice] = useState(() => own.note(0, performance.now()));
  useEffect(() => {
    const look = () => setVoice(own.note(level, performance.now()));
    look();
    // A level that stays the same renders nothing.
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [own, level]);
  useEffect(() => onResult(microphoneResult({ state: "on", device }, voice)), [device, voice, onResult]);
  return (
    <Meter className="level" value={level} aria-label={t("prejoin.level")}>
      {({ percentage }) => <span className="level-fill" style={{ transform: `scaleX(${percentage / 100})` }} />}
    </Meter>
  );
}

/** Which camera, and what it sees. */
export function CameraTrial({ preview }: { preview: Preview }) {
  const { camera } = preview;
  if (camera.state !== "on") return null;
  return (
    <div className="device-trial">
      <DevicePicker
        kind="videoinput"
        icon={<Video aria-hidden="true" />}
        used={camera.device.capture.track.getSettings().deviceId}
        onChoose={(id) => void preview.switchCamera(true, id)}
      />
      <div className="camera-trial">
        <MirrorPicture mirror={camera.device} />
      </div>
    </div>
  );
}

/** Which speaker, two notes on it, and whether the person has heard them. */
export function SpeakerTrial({ permitted, onResult }: { permitted: boolean; onResult: (result: Result) => void }) {
  const { t } = useTranslation();
  return (
    <div className="device-trial">
      <SpeakerTest permitted={permitted} />
      <div className="row">
        <Button size="small" onPress={() => onResult(speakerResult(true))}>
          {t("connectionTest.heard")}
        </Button>
        <Button size="small" onPress={() => onResult(speakerResult(false))}>
          {t("connectionTest.notHeard")}
        </Button>
      </div>
    </div>
  );
}
