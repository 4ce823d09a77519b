import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import {
  type ApiKey,
  type Service,
  useChangeService,
  useMakeService,
  useRenameKey,
  useRevokeKey,
} from "../../../api/keys";
import { Button } from "../../../design/Button";
import { Confirmation } from "../../../design/Confirmation";
import { Modal } from "../../../design/Modal";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { TextField } from "../../../design/TextField";

interface NameProps {
  title: string;
  hint?: string;
  name?: string;
  error: unknown;
  isBusy: boolean;
  onSave: (name: string) => void;
  onClose: () => void;
}

function NameDialog({ title, hint, name: before = "", error, isBusy, onSave, onClose }: NameProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(before);
  function submit(event: FormEvent) {
    event.preventDefault();
    onSave(name.trim());
  }
  return (
    <Modal title={title} isOpen onClose={onClose}>
      <Form className="dialog-form" onSubmit={submit}>
        <ProblemNotice error={error} />
        <TextField
          label={t("admin.keys.name")}
          hint={hint}
          value={name}
          onChange={setName}
          maxLength={100}
          pattern=".*\S.*"
          isRequired
          autoFocus
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

export function NewService({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const make = useMakeService();
  return (
    <NameDialog
      title={t("admin.keys.makeService")}
      hint={t("admin.keys.serviceHint")}
      error={make.error}
      isBusy={make.isPending}
      onSave={(name) => make.mutate(name, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}

export function RenameService({ service, onClose }: { service: Service; onClose: () => void }) {
  const { t } = useTranslation();
  const change = useChangeService(service.id);
  return (
    <NameDialog
      title={t("admin.keys.renameTitle", { name: service.name })}
      name={service.name}
      error={change.error}
      isBusy={change.isPending}
      onSave={(name) => change.mutate({ name }, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}

export function RenameKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useTranslation();
  const rename = useRenameKey(apiKey.id);
  return (
    <NameDialog
      title={t("admin.keys.renameTitle", { name: apiKey.name })}
      name={apiKey.name}
      error={rename.error}
      isBusy={rename.isPending}
      onSave={(name) => rename.mutate(name, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}

export function RevokeKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { t } = useTranslation();
  const revoke = useRevokeKey(apiKey.id);
  return (
    <Confirmation
      title={t("admin.keys.revokeTitle", { name: apiKey.name })}
      text={t("admin.keys.revokeText")}
      action={t("admin.keys.revoke")}
      error={revoke.error}
      isBusy={revoke.isPending}
      onConfirm={() => revoke.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}

/** Keeps a service out, or lets it in again. */
export function SwitchService({ service, onClose }: { service: Service; onClose: () => void }) {
  const { t } = useTranslation();
  const { name, disabled } = service;
  const change = useChangeService(service.id);
  return (
    <Confirmation
      title={t(disabled ? "admin.keys.enableTitle" : "admin.keys.disableTitle", { name })}
      text={t(disabled ? "admin.keys.enableText" : "admin.keys.disableText")}
      action={t(disabled ? "admin.keys.enable" : "admin.keys.disable")}
      error={change.error}
      isBusy={change.isPending}
      onConfirm={() => change.mutate({ disabled: !disabled }, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
