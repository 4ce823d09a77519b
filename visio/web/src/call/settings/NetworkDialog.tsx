import { useTranslation } from "react-i18next";
import { Modal } from "../../design/Modal";
import { RadioCards } from "../../design/RadioCards";
import { useCall } from "../state/CallContext";
import { useObservable } from "../state/hooks";
import { NETWORK_CHOICES } from "../state/networkUse";

/** How much of the network the meeting may use. */
export function NetworkDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { network } = useCall();
  const { choice } = useObservable(network.shown);
  return (
    <Modal title={t("bandwidth.title")} isOpen onClose={onClose}>
      <RadioCards
        label={t("bandwidth.question")}
        value={choice}
        choices={NETWORK_CHOICES.map((value) => ({
          value,
          title: t(`bandwidth.choices.${value}.title`),
          explanation: t(`bandwidth.choices.${value}.text`),
        }))}
        onChange={(chosen) => network.choose(chosen)}
      />
    </Modal>
  );
}
