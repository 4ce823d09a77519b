import { useTranslation } from "react-i18next";
import { type LiveMeeting, type Present, useEndLive, useRemoveLive } from "../../../api/live";
import { Confirmation } from "../../../design/Confirmation";

export function EndMeeting({ meeting, onClose }: { meeting: LiveMeeting; onClose: () => void }) {
  const { t } = useTranslation();
  const end = useEndLive(meeting.sid);
  return (
    <Confirmation
      title={t("admin.live.endTitle", { title: meeting.title })}
      text={t("admin.live.endText")}
      action={t("admin.live.end")}
      error={end.error}
      isBusy={end.isPending}
      onConfirm={() => end.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}

interface RemoveProps {
  /** The sid of the meeting. */
  meeting: string;
  person: Present;
  onClose: () => void;
}

export function RemovePerson({ meeting, person, onClose }: RemoveProps) {
  const { t } = useTranslation();
  const remove = useRemoveLive(meeting, person.sid);
  return (
    <Confirmation
      title={t("people.removeTitle", { name: person.name })}
      text={t("admin.live.removeText")}
      action={t("people.remove")}
      error={remove.error}
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
