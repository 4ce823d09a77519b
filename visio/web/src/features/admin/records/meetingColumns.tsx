import { Scale } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { PastMeeting } from "../../../api/records";
import type { Column } from "../../../design/DataTable";
import { formatDuration, formatMoment } from "../../../design/format";
import { type MeetingAction, MeetingActionMenu } from "./MeetingActions";

/** What is shown of each meeting. */
export function useMeetingColumns(onAct: (action: MeetingAction, meeting: PastMeeting) => void): Column<PastMeeting>[] {
  const { t, i18n } = useTranslation();
  return [
    {
      id: "title",
      title: t("records.meetings.room"),
      sort: "title",
      show: ({ title, slug, deleted, started_at }) => (
        <>
          {title}
          <span className="small soft block">{deleted ? t("records.meetings.deleted", { slug }) : slug}</span>
          <span className="narrow-only small">{formatMoment(started_at, i18n.language)}</span>
        </>
      ),
    },
    {
      id: "started",
      title: t("records.meetings.when"),
      sort: "started",
      minor: true,
      show: ({ started_at }) => formatMoment(started_at, i18n.language),
    },
    {
      id: "length",
      title: t("records.meetings.length"),
      sort: "length",
      minor: true,
      show: ({ started_at, ended_at }) => formatDuration(ended_at - started_at, t),
    },
    { id: "people", title: t("records.meetings.people"), minor: true, show: ({ people }) => people },
    {
      id: "kept",
      title: t("records.meetings.kept"),
      minor: true,
      show: ({ kept }) => kept.map((one) => t(`records.meetings.keeps.${one}`)).join(", "),
    },
    {
      id: "until",
      title: t("records.meetings.until"),
      sort: "until",
      show: (meeting) => <Until meeting={meeting} />,
    },
    {
      id: "actions",
      title: t("admin.live.actions"),
      show: (meeting) => <MeetingActionMenu meeting={meeting} onChoose={(action) => onAct(action, meeting)} />,
    },
  ];
}

/** Until when it is kept; of one that is held, why. */
export function Until({ meeting: { until, held_at, held_for, held_reference } }: { meeting: PastMeeting }) {
  const { t, i18n } = useTranslation();
  if (held_at === null) return formatMoment(until, i18n.language);
  return (
    <>
      <span className="tag">
        <Scale aria-hidden="true" />
        {t("records.meetings.held")}
      </span>
      <span className="small soft block">
        {t(`records.hold.reasons.${held_for ?? "other"}`)}
        {held_reference && ` · ${held_reference}`}
      </span>
    </>
  );
}
