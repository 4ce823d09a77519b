import type { Track } from "livekit-client";
import { useTranslation } from "react-i18next";
import { useObservable } from "../../call/state/hooks";
import { Modal } from "../../design/Modal";
import { VideoPicture } from "../VideoPicture";
import { BackgroundChoices } from "./BackgroundChoices";
import { chosenBackground } from "./choice";
import { EffectNotice } from "./EffectNotice";

/** How one wants to be seen, with a look at it before anybody else has one. */
export default function EffectsDialog({ camera, onClose }: { camera: Track | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { problem } = useObservable(chosenBackground);
  return (
    <Modal title={t("effects.title")} isOpen onClose={onClose}>
      <div className="effects-mirror">
        {camera ? <VideoPicture track={camera} mirrored /> : <p>{t("effects.cameraOff")}</p>}
      </div>
      {problem && <EffectNotice problem={problem} />}
      <BackgroundChoices />
    </Modal>
  );
}
