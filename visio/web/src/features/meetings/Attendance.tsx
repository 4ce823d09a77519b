import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Attendee, type Meeting, useAttendanceSheet } from "../../api/meetings";
import { keptToken } from "../../call/state/keptToken";
import { Avatar } from "../../design/Avatar";
import { Button } from "../../design/Button";
import { formatPosition, formatTime } from "../../design/format";
import { ProblemNotice } from "../../design/ProblemNotice";
import "./Attendance.css";

/** Who was there, from when to when, and how long each spoke. */
export function Attendance({ meeting }: { meeting: Meeting }) {
  const { t, i18n } = useTranslation();
  const sheet = useAttendanceSheet(meeting.id, keptToken(meeting.id));
  return (
    <section aria-labelledby="attendance">
      <div className="section-head">
        <h2 id="attendance">{t("attendance.title")}</h2>
        <Button isBusy={sheet.isPending} onPress={() => sheet.mutate(i18n.language)}>
          <Download aria-hidden="true" />
          {t("attendance.download")}
        </Button>
      </div>
      <ProblemNotice error={sheet.error} />
      <ul className="card attendance">
        {meeting.attendance.map((attendee, index) => (
          <AttendeeRow key={index} attendee={attendee} />
        ))}
      </ul>
    </section>
  );
}

function AttendeeRow({ attendee }: { attendee: Attendee }) {
  const { t, i18n } = useTranslation();
  const { name, kind, present, spoken, stays } = attendee;
  const time = (instant: number | null) =>
    instant === null ? t("attendance.inside") : formatTime(instant, i18n.language);
  return (
    <li>
      <Avatar name={name || t(`attendance.kinds.${kind}`)} />
      <div className="attendee">
        <p>
          <strong>{name || t(`attendance.kinds.${kind}`)}</strong>
          {kind !== "account" && <span className="tag">{t(`attendance.kinds.${kind}`)}</span>}
        </p>
        <p className="small soft">
          {stays.map(({ joined_at, left_at }) => `${time(joined_at)} – ${time(left_at)}`).join(", ")}
        </p>
      </div>
      <dl>
        <div>
          <dt className="small soft">{t("attendance.present")}</dt>
          <dd>{formatPosition(present)}</dd>
        </div>
        <div>
          <dt className="small soft">{t("attendance.spoken")}</dt>
          <dd>{formatPosition(spoken)}</dd>
        </div>
      </dl>
    </li>
  );
}
