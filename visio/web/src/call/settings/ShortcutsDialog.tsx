import { useTranslation } from "react-i18next";
import { Modal } from "../../design/Modal";
import { ShortcutList } from "./ShortcutList";

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal title={t("shortcuts.title")} isOpen onClose={onClose}>
      <ShortcutList />
    </Modal>
  );
}
