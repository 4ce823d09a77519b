import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type AnyRoom, useHandOver } from "../../../api/records";
import { Button } from "../../../design/Button";
import { Modal } from "../../../design/Modal";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { TextField } from "../../../design/TextField";

/** A room gets another owner. */
export function HandOver({ room, onClose }: { room: AnyRoom; onClose: () => void }) {
  const { t } = useTranslation();
  const [email, setEmail] = useState("");
  const handOver = useHandOver(room.id);
  function submit(event: FormEvent) {
    event.preventDefault();
    handOver.mutate(email.trim(), { onSuccess: onClose });
  }
  return (
    <Modal title={t("records.rooms.handOverTitle", { title: room.title })} isOpen onClose={onClose}>
      <Form className="dialog-form" onSubmit={submit}>
        <p className="soft">{t("records.rooms.handOverText")}</p>
        <ProblemNotice error={handOver.error} />
        <TextField
          label={t("records.rooms.newOwner")}
          type="email"
          value={email}
          onChange={setEmail}
          autoComplete="off"
          isRequired
          autoFocus
        />
        <div className="dialog-actions">
          <Button onPress={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" isBusy={handOver.isPending}>
            {t("records.rooms.handOver")}
          </Button>
        </div>
      </Form>
    </Modal>
  );
}
