import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type Upcoming, useCancelMeeting, useCancelOccurrence, useMoveOccurrence } from "../../api/scheduled";
import { Button } from "../../design/Button";
import { Modal } from "../../design/Modal";
import { ProblemNotice } from "../../design/ProblemNotice";
import { timesOf, whenIn } from "./times";
import { WhenFields } from "./WhenFields";

interface Props {
  meeting: Upcoming;
  onClose: () => void;
}

/** Another time for one meeting of a series. */
export function MoveDialog({ meeting, onClose }: Props) {
  const { t } = useTranslation();
  const [when, setWhen] = useState(() => whenIn(meeting.zone, meeting.begins, meeting.ends));
  const move = useMoveOccurrence(meeting);
  function submit(event: FormEvent) {
    event.preventDefault();
    move.mutate(timesOf(when), { onSuccess: onClose });
  }
  return (
    <Modal title={t("schedule.moveTitle", { title: meeting.title })} isOpen onClose={onClose}>
      <Form className="dialog-form" onSubmit={submit}>
        <p className="soft">{t("schedule.moveText", { zone: meeting.zone })}</p>
        <ProblemNotice error={move.error} />
        <WhenFields when={when} onChange={setWhen} />
        <div className="dialog-actions">
          <Button onPress={onClose}>{t("common.cancel")}</Button>
          <Button type="submit" variant="primary" isBusy={move.isPending}>
            {t("schedule.move")}
          </Button>
        </div>
      </Form>
    </Modal>
  );
}

/** Takes one meeting back, or, of a series, all that are to come. */
export function CancelDialog({ meeting, onClose }: Props) {
  const { t } = useTranslation();
  const whole = useCancelMeeting(meeting.id);
  const one = useCancelOccurrence(meeting);
  return (
    <Modal title={t("schedule.cancelTitle", { title: meeting.title })} role="alertdialog" isOpen onClose={onClose}>
      <p className="soft">{t("schedule.cancelText")}</p>
      <ProblemNotice error={whole.error ?? one.error} />
      <div className="dialog-actions">
        <Button onPress={onClose} autoFocus>
          {t("schedule.keep")}
        </Button>
        {meeting.repeats && (
          <Button isBusy={one.isPending} onPress={() => one.mutate(undefined, { onSuccess: onClose })}>
            {t("schedule.cancelOne")}
          </Button>
        )}
        <Button
          variant="danger"
          isBusy={whole.isPending}
          onPress={() => whole.mutate(undefined, { onSuccess: onClose })}
        >
          {t(meeting.repeats ? "schedule.cancelAll" : "schedule.cancel")}
        </Button>
      </div>
    </Modal>
  );
}
