import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { usePolicy } from "../../api/policy";
import { type RoomSummary, settingsOf, useCreateRoom, useEditRoom } from "../../api/rooms";
import { Button } from "../../design/Button";
import { Modal } from "../../design/Modal";
import { ProblemNotice } from "../../design/ProblemNotice";
import { RadioCards } from "../../design/RadioCards";
import { TextField } from "../../design/TextField";
import { useAccessChoices } from "./access";
import { RoomCreated } from "./RoomCreated";
import { RoomRules } from "./RoomRules";

/** One dialog for a new room, or for changing `room`. */
export function RoomDialog({ room, onClose }: { room?: RoomSummary; onClose: () => void }) {
  const { t } = useTranslation();
  const [title, setTitle] = useState(room?.title ?? "");
  const [slug, setSlug] = useState("");
  const { access } = usePolicy();
  const [settings, setSettings] = useState(() => settingsOf(room ?? { access: access[0] }));
  const create = useCreateRoom();
  const edit = useEditRoom(room?.slug ?? "");
  const choices = useAccessChoices(room?.access);
  function submit(event: FormEvent) {
    event.preventDefault();
    if (room) edit.mutate({ title: title.trim(), ...settings }, { onSuccess: onClose });
    else create.mutate({ title: title.trim(), access: settings.access, slug: slug.trim() || undefined });
  }
  if (create.data) return <RoomCreated room={create.data} onClose={onClose} />;
  return (
    <Modal title={room ? t("rooms.edit") : t("rooms.create")} isOpen onClose={onClose}>
      <Form className="dialog-form" onSubmit={submit}>
        <ProblemNotice error={create.error ?? edit.error} />
        <TextField
          label={t("rooms.title")}
          placeholder={t("rooms.titleExample")}
          value={title}
          onChange={setTitle}
          maxLength={120}
          isRequired
          autoFocus
        />
        {room ? (
          <RoomRules settings={settings} onChange={(change) => setSettings({ ...settings, ...change })} />
        ) : (
          <>
            <RadioCards
              label={t("access.label")}
              value={settings.access}
              choices={choices}
              onChange={(access) => setSettings({ ...settings, access })}
            />
            <TextField
              label={t("rooms.slug")}
              hint={t("rooms.slugHint")}
              value={slug}
              onChange={setSlug}
              pattern="[a-z0-9](-?[a-z0-9]){2,62}"
              maxLength={64}
              autoComplete="off"
              spellCheck="false"
            />
          </>
        )}
        <div className="dialog-actions">
          <Button onPress={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" isBusy={create.isPending || edit.isPending}>
            {room ? t("common.save") : t("rooms.create")}
          </Button>
        </div>
      </Form>
    </Modal>
  );
}
