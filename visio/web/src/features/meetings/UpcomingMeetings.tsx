import { CalendarDays, CalendarPlus, ChevronDown, Repeat } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Upcoming, useInvite, useUpcoming } from "../../api/scheduled";
import { Button, ButtonLink } from "../../design/Button";
import { Emptiness } from "../../design/Emptiness";
import { formatDay, formatTime } from "../../design/format";
import { ProblemNotice } from "../../design/ProblemNotice";
import { Skeletons } from "../../design/Skeletons";
import { DetailsDialog } from "./DetailsDialog";
import { CancelDialog, MoveDialog } from "./OccurrenceDialogs";
import { RescheduleDialog, ScheduleDialog } from "./ScheduleDialog";
import { type UpcomingAction, UpcomingMenu } from "./UpcomingMenu";
import "./Scheduling.css";

/** The meetings to come, with their heading: the nearest, so many at first. */
export function UpcomingMeetings({ count, more = false }: { count: number; more?: boolean }) {
  const { t } = useTranslation();
  const [scheduling, setScheduling] = useState(false);
  return (
    <section aria-labelledby="upcoming">
      <div className="section-head">
        <h2 id="upcoming">{t("schedule.upcoming")}</h2>
        <Button variant="soft" onPress={() => setScheduling(true)}>
          <CalendarPlus aria-hidden="true" />
          {t("schedule.new")}
        </Button>
      </div>
      <UpcomingList count={count} more={more} />
      {scheduling && <ScheduleDialog onClose={() => setScheduling(false)} />}
    </section>
  );
}

function UpcomingList({ count, more }: { count: number; more: boolean }) {
  const { t } = useTranslation();
  const upcoming = useUpcoming(count);
  if (upcoming.error) return <ProblemNotice error={upcoming.error} />;
  if (!upcoming.data) return <Skeletons count={1} shape="row" />;
  const shown = upcoming.data.pages.flatMap((page) => page.meetings);
  if (shown.length === 0) {
    return (
      <div className="card">
        <Emptiness icon={<CalendarDays />} title={t("schedule.none")} text={t("schedule.noneText")} />
      </div>
    );
  }
  return (
    <>
      <ul className="card meeting-list">
        {shown.map((meeting) => (
          <UpcomingRow key={`${meeting.id}/${meeting.occurrence}`} meeting={meeting} />
        ))}
      </ul>
      {more && upcoming.hasNextPage && (
        <Button wide isBusy={upcoming.isFetchingNextPage} onPress={() => void upcoming.fetchNextPage()}>
          <ChevronDown aria-hidden="true" />
          {t("schedule.more")}
        </Button>
      )}
    </>
  );
}

function UpcomingRow({ meeting }: { meeting: Upcoming }) {
  const { t, i18n } = useTranslation();
  const [dialog, setDialog] = useState<UpcomingAction>();
  const invite = useInvite(meeting.id);
  const close = () => setDialog(undefined);
  const { title, room, begins, ends, repeats, organizer } = meeting;
  function choose(action: UpcomingAction) {
    if (action === "download") invite.mutate();
    else setDialog(action);
  }
  return (
    <li className="upcoming-row">
      <div>
        <p>
          <strong>{title}</strong>
          {repeats && (
            <span className="tag">
              <Repeat aria-hidden="true" />
              {t("schedule.series")}
            </span>
          )}
        </p>
        <p className="small soft">
          {formatDay(begins, i18n.language)} · {formatTime(begins, i18n.language)}
          {"\u00a0–\u00a0"}
          {formatTime(ends, i18n.language)}
        </p>
        <p className="small soft">
          {organizer ? t("schedule.byIn", { organizer, room: room.title }) : room.title}
        </p>
        <ProblemNotice error={invite.error} />
      </div>
      <div className="upcoming-actions">
        <ButtonLink href={`/${room.slug}`} variant="soft" aria-label={t("schedule.joinNamed", { title })}>
          {t("schedule.join")}
        </ButtonLink>
        <UpcomingMenu meeting={meeting} onChoose={choose} />
      </div>
      {dialog === "show" && <DetailsDialog meeting={meeting} onClose={close} />}
      {dialog === "edit" && <RescheduleDialog id={meeting.id} onClose={close} />}
      {dialog === "move" && <MoveDialog meeting={meeting} onClose={close} />}
      {dialog === "cancel" && <CancelDialog meeting={meeting} onClose={close} />}
    </li>
  );
}
