import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { Modal } from "../../design/Modal";
import { ProblemNotice } from "../../design/ProblemNotice";
import { useRemoval } from "../state/useHosting";

interface Props {
  name: string;
  identity: string;
  ban: boolean;
  onClose: () => void;
}

/** Nobody is sent away by a slip of the hand. */
export function RemoveDialog({ name, identity, ban, onClose }: Props) {
  const { t } = useTranslation();
  const removal = useRemoval(identity);
  const kind = ban ? "ban" : "remove";
  return (
    <Modal title={t(`people.${kind}Title`, { name })} role="alertdialog" isOpen onClose={onClose}>
      <p className="soft">{t(`people.${kind}Text`)}</p>
      <ProblemNotice error={removal.error} />
      <div className="dialog-actions">
        <Button onPress={onClose} autoFocus>
          {t("common.cancel")}
        </Button>
        <Button
          variant="danger"
          isBusy={removal.isPending}
          onPress={() => removal.mutate(ban, { onSuccess: onClose })}
        >
          {t(`people.${kind}`)}
        </Button>
      </div>
    </Modal>
  );
}
