import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useObservable } from "../../call/state/useObservable";
import { Modal } from "../../design/Modal";
import { Switch } from "../../design/Switch";
import { BackgroundChoices } from "./BackgroundChoices";
import { chosenBackground } from "./choice";
import { EffectNotice } from "./EffectNotice";
import { chooseNoiseSuppression, suppressesNoise } from "./noiseChoice";

/** How one wants to be seen, with a look at it before anybody else has one. */
export default function EffectsDialog({ picture, onClose }: { picture: ReactNode; onClose: () => void }) {
  const { t } = useTranslation();
  const { problem } = useObservable(chosenBackground);
  const suppresses = useObservable(suppressesNoise);
  return (
    <Modal title={t("effects.title")} isOpen onClose={onClose}>
      <div className="effects-mirror">
        {picture || <p>{t("effects.cameraOff")}</p>}
      </div>
      {problem && <EffectNotice problem={problem} />}
      <BackgroundChoices />
      <div>
        <Switch
          label={t("effects.noise")}
          isSelected={suppresses}
          onChange={chooseNoiseSuppression}
          aria-describedby="noise-hint"
        />
        <p id="noise-hint" className="small soft">
          {t("effects.noiseHint")}
        </p>
      </div>
    </Modal>
  );
}
