import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useVerifyAudit, type Verdict } from "../../../api/audit";
import { Button } from "../../../design/Button";
import { Modal } from "../../../design/Modal";
import { Notice } from "../../../design/Notice";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { TextField } from "../../../design/TextField";
import { useCopy } from "../../../design/useCopy";

/** "1234:5f1c…", as it was noted from a verdict. */
const NOTED = /^\s*(\d+):([0-9a-f]{64})\s*$/;

/** Has the whole chain read, and says where it does not hold. */
export function VerifyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [noted, setNoted] = useState("");
  const verify = useVerifyAudit();
  function submit(event: FormEvent) {
    event.preventDefault();
    const [, number, hash] = NOTED.exec(noted) ?? [];
    verify.mutate(number && hash ? { number: Number(number), hash } : null);
  }
  return (
    <Modal title={t("admin.audit.verify")} isOpen onClose={onClose}>
      <Form className="dialog-form" onSubmit={submit}>
        <p className="soft">{t("admin.audit.verifyText")}</p>
        <TextField
          label={t("admin.audit.noted")}
          hint={t("admin.audit.notedHint")}
          value={noted}
          onChange={setNoted}
          validate={(text) => (text.trim() && !NOTED.test(text) ? t("admin.audit.notedHint") : null)}
          autoComplete="off"
          spellCheck="false"
        />
        <ProblemNotice error={verify.error} />
        {verify.data && <Result verdict={verify.data} />}
        <div className="dialog-actions">
          <Button onPress={onClose}>{t("common.close")}</Button>
          <Button type="submit" variant="primary" isBusy={verify.isPending}>
            {t("admin.audit.verifyNow")}
          </Button>
        </div>
      </Form>
    </Modal>
  );
}

function Result({ verdict: { rows, number, hash, faults, faults_in_all } }: { verdict: Verdict }) {
  const { t } = useTranslation();
  const [copied, copy] = useCopy();
  return (
    <>
      {faults.length === 0 ? (
        <Notice tone="success" title={t("admin.audit.holds")}>
          {t("admin.audit.holdsText", { count: rows, number })}
        </Notice>
      ) : (
        <Notice tone="error" title={t("admin.audit.broken")}>
          <ul>
            {faults.map((fault) => (
              <li key={`${fault.number} ${fault.what}`}>
                {t(`admin.audit.faults.${fault.what}`, { number: fault.number })}
              </li>
            ))}
          </ul>
          {faults_in_all > faults.length && t("admin.audit.moreFaults", { count: faults_in_all - faults.length })}
        </Notice>
      )}
      <div className="link-line">
        <code className="audit-hash">{`${number}:${hash}`}</code>
        <Button onPress={() => void copy(`${number}:${hash}`)}>{t(copied ? "common.copied" : "admin.audit.copyEnd")}</Button>
      </div>
    </>
  );
}
