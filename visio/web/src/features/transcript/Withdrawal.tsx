import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Meeting, useWithdrawal } from "../../api/meetings";
import { Button } from "../../design/Button";
import { Modal } from "../../design/Modal";
import { ProblemNotice } from "../../design/ProblemNotice";

/** What one answered when asked whether one may be transcribed, and the way to take it back. */
export function Withdrawal({ meeting }: { meeting: Meeting }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const { consent } = meeting;
  if (consent === null || meeting.ended_at === null) return null;
  return (
    <section className="row withdrawal" aria-label={t("withdrawal.title")}>
      <p role="status">{t(`withdrawal.${consent}`)}</p>
      {consent !== "erased" && (
        <Button onPress={() => setAsking(true)}>
          {t(consent === "granted" ? "withdrawal.open" : "withdrawal.delete")}
        </Button>
      )}
      {asking && <WithdrawDialog meeting={meeting} onClose={() => setAsking(false)} />}
    </section>
  );
}

function WithdrawDialog({ meeting, onClose }: { meeting: Meeting; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const withdraw = useWithdrawal(meeting.id);
  const act = (erases: boolean) =>
    withdraw.mutate({ erases, language: i18n.language === "en" ? "en" : "fr" }, { onSuccess: onClose });
  return (
    <Modal title={t("withdrawal.question")} role="alertdialog" isOpen onClose={onClose}>
      <p className="soft">{t("withdrawal.text")}</p>
      <ProblemNotice error={withdraw.error} />
      <div className="dialog-actions">
        <Button onPress={onClose} autoFocus>
          {t("common.cancel")}
        </Button>
        {meeting.consent === "granted" && (
          <Button isBusy={withdraw.isPending} onPress={() => act(false)}>
            {t("withdrawal.keep")}
          </Button>
        )}
        <Button variant="danger" isBusy={withdraw.isPending} onPress={() => act(true)}>
          {t("withdrawal.delete")}
        </Button>
      </div>
    </Modal>
  );
}
