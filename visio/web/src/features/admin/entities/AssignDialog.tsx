import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Button } from "../../../design/Button";
import { Modal } from "../../../design/Modal";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { EntityField, NONE } from "./EntityField";

interface Props {
  title: string;
  /** The id of the entity of before, null for none. */
  before: string | null;
  error: unknown;
  isBusy: boolean;
  onSave: (entity: string | null) => void;
  onClose: () => void;
}

/** Of which entity people are from now on. */
export function AssignDialog({ title, before, error, isBusy, onSave, onClose }: Props) {
  const { t } = useTranslation();
  const [entity, setEntity] = useState(before ?? NONE);
  function submit(event: FormEvent) {
    event.preventDefault();
    onSave(entity === NONE ? null : entity);
  }
  return (
    <Modal title={title} isOpen onClose={onClose}>
      <Form className="dialog-form" onSubmit={submit}>
        <ProblemNotice error={error} />
        <EntityField label={t("admin.entities.entity")} value={entity} onChange={setEntity} />
        <div className="dialog-actions">
          <Button onPress={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" isBusy={isBusy}>
            {t("common.save")}
          </Button>
        </div>
      </Form>
    </Modal>
  );
}
