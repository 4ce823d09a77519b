import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { Modal } from "./Modal";
import { ProblemNotice } from "./ProblemNotice";

interface Props {
  title: string;
  text: string;
  /** What the button says that does it. */
  action: string;
  error: unknown;
  isBusy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Nothing that others would miss is done by a slip of the hand. */
export function Confirmation({ title, text, action, error, isBusy, onConfirm, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Modal title={title} role="alertdialog" isOpen onClose={onClose}>
      <p className="soft">{text}</p>
      <ProblemNotice error={error} />
      <div className="dialog-actions">
        <Button onPress={onClose} autoFocus>
          {t("common.cancel")}
        </Button>
        <Button variant="danger" isBusy={isBusy} onPress={onConfirm}>
          {action}
        </Button>
      </div>
    </Modal>
  );
}
