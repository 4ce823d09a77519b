import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useConfig } from "../../api/config";
import { type Access, useRooms } from "../../api/rooms";
import {
  type MeetingDraft,
  type ScheduledMeeting,
  useReschedule,
  useSchedule,
  useScheduled,
} from "../../api/scheduled";
import { Button } from "../../design/Button";
import { Loading } from "../../design/Loading";
import { Modal } from "../../design/Modal";
import { Notice } from "../../design/Notice";
import { ProblemNotice } from "../../design/ProblemNotice";
import { Select } from "../../design/Select";
import { TextArea } from "../../design/TextArea";
import { TextField } from "../../design/TextField";
import { RecurrenceFields } from "./RecurrenceFields";
import { addressesOf, nextHour, timesOf, weekdayOf, whenOf, zones } from "./times";
import { WhenFields } from "./WhenFields";

const NEW_ROOM = "";
const REMINDERS = ["none", "5", "10", "15", "30", "60", "1440"] as const;
const LEVELS: Access[] = ["restricted", "trusted", "public"];

/** A meeting for later. */
export function ScheduleDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const schedule = useSchedule();
  const rooms = useRooms();
  const [room, setRoom] = useState(NEW_ROOM);
  const [access, setAccess] = useState<Access>("restricted");
  const mine = (rooms.data ?? []).filter(({ role }) => role === "owner" || role === "administrator");
  return (
    <Modal title={t("schedule.new")} isOpen onClose={onClose}>
      <MeetingForm
        error={schedule.error}
        isBusy={schedule.isPending}
        action={t("schedule.new")}
        onClose={onClose}
        onSubmit={(draft) => schedule.mutate({ ...draft, room: room || null, access }, { onSuccess: onClose })}
      >
        <Select
          label={t("schedule.room")}
          value={room}
          options={[
            { id: NEW_ROOM, name: t("schedule.newRoom") },
            ...mine.map(({ slug, title }) => ({ id: slug, name: title })),
          ]}
          onChange={setRoom}
        />
        {room === NEW_ROOM && (
          <Select
            label={t("access.label")}
            value={access}
            options={LEVELS.map((id) => ({ id, name: t(`access.${id}.title`) }))}
            onChange={(chosen) => setAccess(chosen as Access)}
          />
        )}
      </MeetingForm>
    </Modal>
  );
}

/** Another time, another title: of the whole series, where it is one. */
export function RescheduleDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const meeting = useScheduled(id);
  const reschedule = useReschedule(id);
  return (
    <Modal title={t("schedule.edit")} isOpen onClose={onClose}>
      {meeting.data ? (
        <MeetingForm
          meeting={meeting.data}
          error={reschedule.error}
          isBusy={reschedule.isPending}
          action={t("common.save")}
          onClose={onClose}
          onSubmit={(draft) => reschedule.mutate(draft, { onSuccess: onClose })}
        />
      ) : meeting.error ? (
        <ProblemNotice error={meeting.error} />
      ) : (
        <Loading />
      )}
    </Modal>
  );
}

interface FormProps {
  meeting?: ScheduledMeeting;
  error: unknown;
  isBusy: boolean;
  action: string;
  onClose: () => void;
  onSubmit: (draft: MeetingDraft) => void;
  children?: React.ReactNode;
}

function MeetingForm({ meeting, error, isBusy, action, onClose, onSubmit, children }: FormProps) {
  const { t, i18n } = useTranslation();
  const config = useConfig();
  const [title, setTitle] = useState(meeting?.title ?? "");
  const [when, setWhen] = useState(() => (meeting ? whenOf(meeting.begins, meeting.ends) : nextHour(new Date())));
  const [zone, setZone] = useState(meeting?.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [rule, setRule] = useState(meeting?.recurrence ?? null);
  const [invitees, setInvitees] = useState(meeting?.invitees.join("\n") ?? "");
  const [agenda, setAgenda] = useState(meeting?.agenda ?? "");
  const [reminder, setReminder] = useState(meeting ? String(meeting.reminder ?? "none") : "10");
  function submit(event: FormEvent) {
    event.preventDefault();
    const weekly = rule?.frequency === "weekly";
    onSubmit({
      title: title.trim(),
      agenda: agenda.trim(),
      zone,
      ...timesOf(when),
      recurrence: rule && { ...rule, weekdays: weekly ? [...new Set([...rule.weekdays, weekdayOf(when.day)])] : [] },
      invitees: addressesOf(invitees),
      reminder: reminder === "none" ? null : Number(reminder),
      language: i18n.language,
    });
  }
  return (
    <Form className="dialog-form" onSubmit={submit}>
      <ProblemNotice error={error} />
      <TextField label={t("schedule.title")} value={title} onChange={setTitle} maxLength={200} isRequired autoFocus />
      {children}
      <WhenFields when={when} onChange={setWhen} />
      <Select
        label={t("schedule.zone")}
        value={zone}
        options={zones(zone).map((id) => ({ id, name: id.replaceAll("_", " ") }))}
        onChange={setZone}
      />
      <RecurrenceFields rule={rule} day={when.day} onChange={setRule} />
      <TextArea
        label={t("schedule.invitees")}
        hint={t("schedule.inviteesHint")}
        value={invitees}
        onChange={setInvitees}
        autoComplete="off"
        spellCheck="false"
      />
      {config && !config.mail && <Notice tone="warning">{t("schedule.noMail")}</Notice>}
      <TextArea label={t("schedule.agenda")} value={agenda} onChange={setAgenda} maxLength={5000} />
      <Select
        label={t("schedule.reminder")}
        value={reminder}
        options={reminderChoices(reminder).map((id) => ({ id, name: reminderName(id) }))}
        onChange={setReminder}
      />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" isBusy={isBusy}>
          {action}
        </Button>
      </div>
    </Form>
  );

  function reminderName(id: string): string {
    if (id === "none") return t("schedule.noReminder");
    return id === "1440" ? t("schedule.dayBefore") : t("schedule.before", { count: Number(id) });
  }
}

/** What another program chose stays among the choices. */
function reminderChoices(chosen: string): string[] {
  return [...new Set([...REMINDERS, chosen])];
}
