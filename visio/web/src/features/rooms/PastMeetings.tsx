import { Captions, ChevronDown, ChevronRight, History, Users } from "lucide-react";
import { Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type MeetingSummary, useMeetings } from "../../api/meetings";
import { Button } from "../../design/Button";
import { Emptiness } from "../../design/Emptiness";
import { formatDay, formatDuration, formatTime } from "../../design/format";
import { ProblemNotice } from "../../design/ProblemNotice";
import { Skeletons } from "../../design/Skeletons";

/** The newest meetings, so many at first; older ones are asked for, unless the page has no place for them. */
export function PastMeetings({ count, more = false }: { count: number; more?: boolean }) {
  const { t } = useTranslation();
  const meetings = useMeetings(count);
  if (meetings.error) return <ProblemNotice error={meetings.error} />;
  if (!meetings.data) return <Skeletons count={2} shape="row" />;
  const shown = meetings.data.pages.flatMap((page) => page.meetings);
  if (shown.length === 0) {
    return (
      <div className="card">
        <Emptiness icon={<History />} title={t("meetings.none")} text={t("meetings.noneText")} />
      </div>
    );
  }
  return (
    <>
      <ul className="card meeting-list">
        {shown.map((meeting) => (
          <MeetingRow key={meeting.id} meeting={meeting} />
        ))}
      </ul>
      {more && meetings.hasNextPage && (
        <Button wide isBusy={meetings.isFetchingNextPage} onPress={() => void meetings.fetchNextPage()}>
          <ChevronDown aria-hidden="true" />
          {t("meetings.more")}
        </Button>
      )}
    </>
  );
}

function MeetingRow({ meeting }: { meeting: MeetingSummary }) {
  const { t, i18n } = useTranslation();
  const { started_at, ended_at } = meeting;
  return (
    <li>
      <Link className="meeting-row" href={`/meetings/${meeting.id}`}>
        <span>
          <strong>{meeting.title}</strong>
          <span className="small soft">
            {formatDay(started_at, i18n.language)} · {formatTime(started_at, i18n.language)} ·{" "}
            {ended_at === null ? t("meetings.running") : formatDuration(ended_at - started_at, t)}
          </span>
        </span>
        <span className="meeting-counts">
          <span className="tag">
            <Users aria-hidden="true" />
            {t("meetings.people", { count: meeting.participants })}
          </span>
          {meeting.utterances > 0 && (
            <span className="tag">
              <Captions aria-hidden="true" />
              {t("meetings.transcribed")}
            </span>
          )}
        </span>
        <ChevronRight aria-hidden="true" />
      </Link>
    </li>
  );
}
