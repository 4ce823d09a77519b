import { Radio } from "lucide-react";
import { Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type LiveMeeting, meetingsTable, useLiveMeetings } from "../../../api/live";
import { type Column, DataTable } from "../../../design/DataTable";
import { Emptiness } from "../../../design/Emptiness";
import { formatDay, formatTime } from "../../../design/format";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { Skeletons } from "../../../design/Skeletons";
import { ListTools, Pager } from "../ListTools";
import { useListing } from "../useListing";

/** Which rooms are live, since when, with how many. */
export function LiveMeetings() {
  const { t } = useTranslation();
  const [listing, change] = useListing("title");
  const { data, error } = useLiveMeetings(listing);
  const columns = useColumns();
  return (
    <>
      <h1>{t("admin.live.title")}</h1>
      <p className="soft">{t("admin.live.lead")}</p>
      <ProblemNotice error={error} />
      <ListTools
        label={t("admin.live.search")}
        search={listing.search}
        onSearch={(search) => change({ search })}
        table={meetingsTable(listing)}
      />
      {data ? (
        data.total === 0 ? (
          <div className="card">
            <Emptiness
              level={2}
              icon={<Radio />}
              title={t(listing.search ? "admin.nothing" : "admin.live.none")}
              text={t(listing.search ? "admin.nothingText" : "admin.live.noneText")}
            />
          </div>
        ) : (
          <DataTable
            label={t("admin.live.title")}
            columns={columns}
            rows={data.meetings}
            keyOf={(meeting) => meeting.sid}
            order={listing}
            onOrder={change}
          />
        )
      ) : (
        !error && <Skeletons count={3} shape="row" />
      )}
      {data && <Pager listing={listing} total={data.total} onChange={change} />}
    </>
  );
}

function useColumns(): Column<LiveMeeting>[] {
  const { t, i18n } = useTranslation();
  return [
    {
      id: "title",
      title: t("admin.live.room"),
      sort: "title",
      show: ({ sid, title, slug }) => (
        <>
          <Link href={`/admin/live/${sid}`}>{title}</Link>
          {slug !== title && <span className="small soft"> {slug}</span>}
        </>
      ),
    },
    {
      id: "since",
      title: t("admin.since"),
      sort: "since",
      minor: true,
      show: ({ since }) => (
        <time dateTime={new Date(since).toISOString()} title={formatDay(since, i18n.language)}>
          {formatTime(since, i18n.language)}
        </time>
      ),
    },
    { id: "people", title: t("admin.live.people"), sort: "people", show: ({ people }) => people },
    {
      id: "marks",
      title: t("admin.live.marks"),
      minor: true,
      show: ({ programs, locked, transcription }) =>
        [
          programs && t("admin.live.programs"),
          locked && t("admin.live.locked"),
          transcription && t("admin.live.transcription"),
        ]
          .filter(Boolean)
          .join(", "),
    },
  ];
}
