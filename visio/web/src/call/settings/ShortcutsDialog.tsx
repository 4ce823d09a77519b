import { useTranslation } from "react-i18next";
import { shortcutOf } from "../bar/shortcuts";
import { Modal } from "../../design/Modal";
import "./settings.css";

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const rows = [
    [shortcutOf("D"), t("shortcuts.microphone")],
    [shortcutOf("E"), t("shortcuts.camera")],
    [shortcutOf("⇧H"), t("shortcuts.hand")],
    [t("shortcuts.tabKey"), t("shortcuts.tab")],
    [t("shortcuts.escapeKey"), t("shortcuts.escape")],
  ] as const;
  return (
    <Modal title={t("shortcuts.title")} isOpen onClose={onClose}>
      <dl className="shortcuts">
        {rows.map(([keys, effect]) => (
          <div key={keys}>
            <dt>{effect}</dt>
            <dd>
              <kbd>{keys}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
