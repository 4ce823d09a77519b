import { Check, Copy } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ApiKey } from "../../../api/keys";
import { Button } from "../../../design/Button";
import { Modal } from "../../../design/Modal";
import { Notice } from "../../../design/Notice";
import { useCopy } from "../../../design/useCopy";

/** A key's text, this once: the dialog is left by its button only. */
export function KeyShown({ made, onClose }: { made: ApiKey & { key: string }; onClose: () => void }) {
  const { t } = useTranslation();
  const [copied, copy] = useCopy();
  return (
    <Modal title={t("admin.keys.made", { name: made.name })} isOpen>
      <Notice tone="warning" title={t("admin.keys.once")}>
        {t("admin.keys.onceText")}
      </Notice>
      <div className="link-line">
        <code className="key-text">{made.key}</code>
        <Button onPress={() => void copy(made.key)} autoFocus>
          {copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
          {t(copied ? "common.copied" : "admin.keys.copy")}
        </Button>
        <span className="visually-hidden" role="status">
          {copied ? t("common.copied") : ""}
        </span>
      </div>
      <p className="small soft">
        {t("admin.keys.identifier")} <code className="key-text">{made.id}</code>
      </p>
      <div className="dialog-actions">
        <Button variant="primary" onPress={onClose}>
          {t("admin.keys.kept")}
        </Button>
      </div>
    </Modal>
  );
}
