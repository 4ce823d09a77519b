import { X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useAddReader, useRemoveReader, useShareWithAttendees, useSharing } from "../../api/transcripts";
import { Avatar } from "../../design/Avatar";
import { Button } from "../../design/Button";
import { IconButton } from "../../design/IconButton";
import { Loading } from "../../design/Loading";
import { Modal } from "../../design/Modal";
import { ProblemNotice } from "../../design/ProblemNotice";
import { Switch } from "../../design/Switch";
import { TextField } from "../../design/TextField";
import "../rooms/MembersDialog.css";

/** Who reads the transcript: those who attended, and those who are named here. */
export function ShareDialog({ meeting, onClose }: { meeting: string; onClose: () => void }) {
  const { t } = useTranslation();
  const sharing = useSharing(meeting);
  const attendees = useShareWithAttendees(meeting);
  const remove = useRemoveReader(meeting);
  return (
    <Modal title={t("transcript.share.title")} isOpen onClose={onClose}>
      <ProblemNotice error={sharing.error ?? attendees.error ?? remove.error} />
      {!sharing.data && !sharing.error && <Loading />}
      {sharing.data && (
        <>
          <Switch
            label={t("transcript.share.attendees")}
            isSelected={attendees.isPending ? attendees.variables : sharing.data.attendees}
            onChange={(on) => attendees.mutate(on)}
          />
          <p className="small soft">{t("transcript.share.attendeesHint")}</p>
          <h3>{t("transcript.share.readers")}</h3>
          {sharing.data.readers.length === 0 && <p className="small soft">{t("transcript.share.nobody")}</p>}
          <ul className="member-list">
            {sharing.data.readers.map(({ id, name, email }) => (
              <li key={id}>
                <Avatar name={name} />
                <div className="who">
                  <p className="truncate">{name}</p>
                  <p className="small soft truncate">{email}</p>
                </div>
                <IconButton
                  label={t("transcript.share.remove", { name })}
                  icon={<X />}
                  onPress={() => remove.mutate(id)}
                />
              </li>
            ))}
          </ul>
        </>
      )}
      <NewReader meeting={meeting} />
    </Modal>
  );
}

function NewReader({ meeting }: { meeting: string }) {
  const { t } = useTranslation();
  const add = useAddReader(meeting);
  const [email, setEmail] = useState("");
  function submit(event: FormEvent) {
    event.preventDefault();
    add.mutate(email.trim(), { onSuccess: () => setEmail("") });
  }
  return (
    <Form className="passage-form" onSubmit={submit}>
      <TextField
        label={t("transcript.share.email")}
        hint={t("transcript.share.emailHint")}
        type="email"
        value={email}
        onChange={setEmail}
        isRequired
      />
      <ProblemNotice error={add.error} />
      <div className="dialog-actions">
        <Button type="submit" isBusy={add.isPending}>
          {t("transcript.share.add")}
        </Button>
      </div>
    </Form>
  );
}
