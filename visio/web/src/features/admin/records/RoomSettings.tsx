import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type AnyRoom, useChangeAnyRoom } from "../../../api/records";
import { type RoomChange, settingsOf } from "../../../api/rooms";
import { Button } from "../../../design/Button";
import { Modal } from "../../../design/Modal";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { TextField } from "../../../design/TextField";
import { RoomRules } from "../../rooms/RoomRules";

/** The settings of anybody's room; only what was changed is sent. */
export function RoomSettings({ room, onClose }: { room: AnyRoom; onClose: () => void }) {
  const { t } = useTranslation();
  const [title, setTitle] = useState(room.title);
  const [settings, setSettings] = useState(() => settingsOf(room));
  const change = useChangeAnyRoom(room.id);
  function submit(event: FormEvent) {
    event.preventDefault();
    const all = { title: title.trim(), ...settings };
    const before: RoomChange = { title: room.title, ...settingsOf(room) };
    const changed = Object.entries(all).filter(([name, value]) => before[name as keyof RoomChange] !== value);
    change.mutate(Object.fromEntries(changed), { onSuccess: onClose });
  }
  return (
    <Modal title={t("records.rooms.settingsOf", { title: room.title })} isOpen onClose={onClose}>
      <Form className="dialog-form" onSubmit={submit}>
        <ProblemNotice error={change.error} />
        <TextField label={t("rooms.title")} value={title} onChange={setTitle} maxLength={200} isRequired autoFocus />
        <RoomRules settings={settings} onChange={(changed) => setSettings({ ...settings, ...changed })} />
        <div className="dialog-actions">
          <Button onPress={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" isBusy={change.isPending}>
            {t("common.save")}
          </Button>
        </div>
      </Form>
    </Modal>
  );
}
