import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { Modal } from "../../design/Modal";
import { ProblemNotice } from "../../design/ProblemNotice";
import { useEnd } from "../state/useHosting";

/** Ends the meeting for everybody, once that is meant. */
export function EndDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const end = useEnd();
  return (
    <Modal title={t("call.endTitle")} role="alertdialog" isOpen onClose={onClose}>
      <p className="soft">{t("call.endText")}</p>
      <ProblemNotice error={end.error} />
      <div className="dialog-actions">
        <Button onPress={onClose} autoFocus>
          {t("common.cancel")}
        </Button>
        <Button variant="danger" isBusy={end.isPending} onPress={() => end.mutate()}>
          {t("call.end")}
        </Button>
      </div>
    </Modal>
  );
}
