import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import {
  HOLD_REASONS,
  type HoldReason,
  type PastMeeting,
  RELEASE_REASONS,
  type ReleaseReason,
  useHold,
  useRelease,
} from "../../../api/records";
import { Button } from "../../../design/Button";
import { Modal } from "../../../design/Modal";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { Select } from "../../../design/Select";
import { TextField } from "../../../design/TextField";

interface Props {
  meeting: PastMeeting;
  onClose: () => void;
}

/** A meeting is kept whatever the rules say. */
export function HoldMeeting({ meeting, onClose }: Props) {
  const { t } = useTranslation();
  const [reason, setReason] = useState<HoldReason>("court");
  const [reference, setReference] = useState("");
  const hold = useHold(meeting.id);
  function submit(event: FormEvent) {
    event.preventDefault();
    hold.mutate({ reason, reference: reference.trim() }, { onSuccess: onClose });
  }
  return (
    <Modal title={t("records.hold.holdTitle", { title: meeting.title })} isOpen onClose={onClose}>
      <Form className="dialog-form" onSubmit={submit}>
        <p className="soft">{t("records.hold.holdText")}</p>
        <ProblemNotice error={hold.error} />
        <Select
          label={t("records.hold.reason")}
          value={reason}
          options={HOLD_REASONS.map((id) => ({ id, name: t(`records.hold.reasons.${id}`) }))}
          onChange={(chosen) => setReason(chosen as HoldReason)}
        />
        <TextField
          label={t("records.hold.reference")}
          hint={t("records.hold.referenceHint")}
          value={reference}
          onChange={setReference}
          maxLength={200}
          autoComplete="off"
        />
        <div className="dialog-actions">
          <Button onPress={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" isBusy={hold.isPending}>
            {t("records.hold.hold")}
          </Button>
        </div>
      </Form>
    </Modal>
  );
}

/** The rules decide again. */
export function ReleaseMeeting({ meeting, onClose }: Props) {
  const { t } = useTranslation();
  const [reason, setReason] = useState<ReleaseReason>("closed");
  const release = useRelease(meeting.id);
  function submit(event: FormEvent) {
    event.preventDefault();
    release.mutate(reason, { onSuccess: onClose });
  }
  const due = meeting.until <= Date.now();
  return (
    <Modal title={t("records.hold.releaseTitle", { title: meeting.title })} isOpen onClose={onClose}>
      <Form className="dialog-form" onSubmit={submit}>
        <p className="soft">{t(due ? "records.hold.releaseDue" : "records.hold.releaseText")}</p>
        <ProblemNotice error={release.error} />
        <Select
          label={t("records.hold.reason")}
          value={reason}
          options={RELEASE_REASONS.map((id) => ({ id, name: t(`records.hold.releaseReasons.${id}`) }))}
          onChange={(chosen) => setReason(chosen as ReleaseReason)}
        />
        <div className="dialog-actions">
          <Button onPress={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant={due ? "danger" : "primary"} isBusy={release.isPending}>
            {t("records.hold.release")}
          </Button>
        </div>
      </Form>
    </Modal>
  );
}
