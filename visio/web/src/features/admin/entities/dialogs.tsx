import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import {
  type Entity,
  type EntityDraft,
  useChangeEntity,
  useDeleteEntity,
  useMakeEntity,
} from "../../../api/entities";
import { Button } from "../../../design/Button";
import { Confirmation } from "../../../design/Confirmation";
import { Modal } from "../../../design/Modal";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { TextField } from "../../../design/TextField";

interface Props {
  title: string;
  before: EntityDraft;
  error: unknown;
  isBusy: boolean;
  onSave: (draft: EntityDraft) => void;
  onClose: () => void;
}

function EntityDialog({ title, before, error, isBusy, onSave, onClose }: Props) {
  const { t } = useTranslation();
  const [name, setName] = useState(before.name);
  const [identifier, setIdentifier] = useState(before.identifier);
  function submit(event: FormEvent) {
    event.preventDefault();
    onSave({ name: name.trim(), identifier: identifier.trim() });
  }
  return (
    <Modal title={title} isOpen onClose={onClose}>
      <Form className="dialog-form" onSubmit={submit}>
        <ProblemNotice error={error} />
        <TextField
          label={t("admin.entities.name")}
          value={name}
          onChange={setName}
          maxLength={200}
          pattern=".*\S.*"
          isRequired
          autoFocus
        />
        <TextField
          label={t("admin.entities.identifier")}
          hint={t("admin.entities.identifierHint")}
          value={identifier}
          onChange={setIdentifier}
          maxLength={100}
        />
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

export function NewEntity({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const make = useMakeEntity();
  return (
    <EntityDialog
      title={t("admin.entities.make")}
      before={{ name: "", identifier: "" }}
      error={make.error}
      isBusy={make.isPending}
      onSave={(draft) => make.mutate(draft, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}

export function ChangeEntity({ entity, onClose }: { entity: Entity; onClose: () => void }) {
  const { t } = useTranslation();
  const change = useChangeEntity(entity.id);
  return (
    <EntityDialog
      title={t("admin.entities.changeTitle", { name: entity.name })}
      before={entity}
      error={change.error}
      isBusy={change.isPending}
      onSave={(draft) => change.mutate(draft, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}

export function DeleteEntity({ entity, onClose }: { entity: Entity; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useDeleteEntity(entity.id);
  return (
    <Confirmation
      title={t("admin.entities.deleteTitle", { name: entity.name })}
      text={t("admin.entities.deleteText", { count: entity.people })}
      action={t("admin.entities.delete")}
      error={remove.error}
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
