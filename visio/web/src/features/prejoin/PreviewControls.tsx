import { Mic, Video } from "lucide-react";
import { Meter } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { DevicePicker } from "../../media/DevicePicker";
import { SilenceNotice } from "../../media/SilenceNotice";
import { useLevel } from "../../media/useLevel";
import type { Preview } from "../../media/usePreview";
import { SpeakerTest } from "./SpeakerTest";

/** Which microphone, camera and speaker, with a meter that proves the microphone hears and a tone for the speaker. */
export function PreviewControls({ preview }: { preview: Preview }) {
  const { microphone, camera } = preview;
  const audio = microphone.state === "on" ? microphone.device.track : undefined;
  const video = camera.state === "on" ? camera.device.capture.track : undefined;
  return (
    <div className="preview-controls">
      <div>
        <DevicePicker
          kind="audioinput"
          icon={<Mic aria-hidden="true" />}
          used={audio?.getSettings().deviceId}
          onChoose={(id) => void preview.switchMicrophone(true, id)}
        />
        <LevelMeter track={audio} />
      </div>
      <DevicePicker
        kind="videoinput"
        icon={<Video aria-hidden="true" />}
        used={video?.getSettings().deviceId}
        onChoose={(id) => void preview.switchCamera(true, id)}
      />
      <SpeakerTest permitted={audio !== undefined} />
    </div>
  );
}

function LevelMeter({ track }: { track: MediaStreamTrack | undefined }) {
  const { t } = useTranslation();
  const level = useLevel(track);
  return (
    <>
      <Meter className="level" value={level} aria-label={t("prejoin.level")}>
        {({ percentage }) => <span className="level-fill" style={{ transform: `scaleX(${percentage / 100})` }} />}
      </Meter>
      <SilenceNotice track={track} level={level} />
    </>
  );
}
