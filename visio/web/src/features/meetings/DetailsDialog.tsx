import { useTranslation } from "react-i18next";
import { type Upcoming, useScheduled } from "../../api/scheduled";
import { Linked } from "../../design/Linked";
import { Loading } from "../../design/Loading";
import { Modal } from "../../design/Modal";
import { ProblemNotice } from "../../design/ProblemNotice";

/** What a meeting is about, and who is invited to it. */
export function DetailsDialog({ meeting: { id, title }, onClose }: { meeting: Upcoming; onClose: () => void }) {
  const { t } = useTranslation();
  const meeting = useScheduled(id);
  return (
    <Modal title={title} isOpen onClose={onClose}>
      {meeting.data ? (
        <>
          <h3>{t("schedule.agenda")}</h3>
          <p className="agenda">
            {meeting.data.agenda ? <Linked text={meeting.data.agenda} /> : t("schedule.noAgenda")}
          </p>
          <h3>{t("schedule.invitees")}</h3>
          {meeting.data.invitees.length > 0 ? (
            <ul className="invitees">
              {meeting.data.invitees.map((email) => (
                <li key={email}>{email}</li>
              ))}
            </ul>
          ) : (
            <p>{t("schedule.nobody")}</p>
          )}
        </>
      ) : meeting.error ? (
        <ProblemNotice error={meeting.error} />
      ) : (
        <Loading />
      )}
    </Modal>
  );
}
