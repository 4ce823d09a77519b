import { Mic, MicOff, Video, VideoOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Avatar } from "../../design/Avatar";
import { IconButton } from "../../design/IconButton";
import { MirrorPicture } from "../../media/MirrorPicture";
import type { Preview } from "../../media/usePreview";
import { PreviewEffects } from "./PreviewEffects";

export function PreviewPicture({ preview, name }: { preview: Preview; name: string | undefined }) {
  const { t } = useTranslation();
  const { microphone, camera } = preview;
  const heard = microphone.state === "on" || microphone.state === "starting";
  const seen = camera.state === "on" || camera.state === "starting";
  return (
    <div className="preview-picture">
      {camera.state === "on" ? (
        <MirrorPicture mirror={camera.device} />
      ) : (
        <div className="preview-blank">
          {name && <Avatar name={name} />}
          <p>{t(camera.state === "starting" ? "prejoin.cameraStarting" : "prejoin.cameraOff")}</p>
        </div>
      )}
      <div className="preview-buttons">
        <IconButton
          className={heard ? "media-toggle" : "media-toggle off"}
          label={t(heard ? "media.mute" : "media.unmute")}
          icon={heard ? <Mic /> : <MicOff />}
          isDisabled={microphone.state === "starting"}
          onPress={() => void preview.switchMicrophone(!heard)}
        />
        <IconButton
          className={seen ? "media-toggle" : "media-toggle off"}
          label={t(seen ? "media.cameraOff" : "media.cameraOn")}
          icon={seen ? <Video /> : <VideoOff />}
          isDisabled={camera.state === "starting"}
          onPress={() => void preview.switchCamera(!seen)}
        />
        <PreviewEffects preview={preview} />
      </div>
    </div>
  );
}
