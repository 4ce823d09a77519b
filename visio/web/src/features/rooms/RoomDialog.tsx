import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type RoomSummary, useCreateRoom, useEditRoom } from "../../api/rooms";
import { Button } from "../../design/Button";
import { Modal } from "../../design/Modal";
import { ProblemNotice } from "../../design/ProblemNotice";
import { RadioCards } from "../../design/RadioCards";
import { TextField } from "../../design/TextField";
import { useAccessChoices } from "./access";
import { RoomCreated } from "./RoomCreated";

/** One dialog for a new room, or for changing `room`. */
export function RoomDialog({ room, onClose }: { room?: RoomSummary; onClose: () => void }) {
  const { t } = useTranslation();
  const choices = useAccessChoices();
  const [title, setTitle] = useState(room?.title ?? "");
  const [access, setAccess] = useState(room?.access ?? "restricted");
  const create = useCreateRoom();
  const edit = useEditRoom(room?.slug ?? "");
  const draft = { title: title.trim(), access };
  function submit(event: FormEvent) {
    event.preventDefault();
    if (room) edit.mutate(draft, { onSuccess: onClose });
    else create.mutate(draft);
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
        <RadioCards label={t("access.label")} value={access} choices={choices} onChange={setAccess} />
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
