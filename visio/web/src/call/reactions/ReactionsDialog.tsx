import { useTranslation } from "react-i18next";
import { Modal } from "../../design/Modal";
import { Palette } from "./Palette";

/** The palette where the bar has no room for its button. */
export function ReactionsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal title={t("reactions.title")} isOpen onClose={onClose}>
      <Palette />
    </Modal>
  );
}
