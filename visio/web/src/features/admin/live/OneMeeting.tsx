import { ChevronLeft, DoorClosed } from "lucide-react";
import { useState } from "react";
import { Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { type LiveMeeting, participantsTable, type Present, useLiveMeeting } from "../../../api/live";
import { Problem } from "../../../api/request";
import { Button } from "../../../design/Button";
import { DataTable } from "../../../design/DataTable";
import { Emptiness } from "../../../design/Emptiness";
import { formatDay, formatTime } from "../../../design/format";
import { Loading } from "../../../design/Loading";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { ListTools, Pager } from "../ListTools";
import { useListing } from "../useListing";
import { EndMeeting, RemovePerson } from "./dialogs";
import { usePeopleColumns } from "./people";

/** One meeting: who is in it and how well they are connected; its end. */
export function OneMeeting() {
  const { t } = useTranslation();
  const { sid = "" } = useParams();
  const [listing, change] = useListing("name");
  const { data, error } = useLiveMeeting(sid, listing);
  const [removing, setRemoving] = useState<Present>();
  const columns = usePeopleColumns(setRemoving);
  const over = error instanceof Problem && error.code === "meeting_not_found";
  return (
    <>
      <Link className="back-link" href="/admin/live">
        <ChevronLeft aria-hidden="true" />
        {t("admin.live.title")}
      </Link>
      {over ? (
        <div className="card">
          <Emptiness level={1} icon={<DoorClosed />} title={t("admin.live.over")} text={t("admin.live.overText")} />
        </div>
      ) : data ? (
        <>
          <Head meeting={data.meeting} />
          <ProblemNotice error={error} />
          <ListTools
            label={t("admin.live.searchPeople")}
            search={listing.search}
            onSearch={(search) => change({ search })}
            table={participantsTable(sid, listing)}
          />
          {data.total === 0 ? (
            <p className="soft" role="status">
              {t("admin.nothing")}
            </p>
          ) : (
            <DataTable
              label={t("admin.live.people")}
              columns={columns}
              rows={data.participants}
              keyOf={(person) => person.sid}
              order={listing}
              onOrder={change}
            />
          )}
          <Pager listing={listing} total={data.total} onChange={change} />
        </>
      ) : (
        <>
          <ProblemNotice error={error} />
          {!error && <Loading />}
        </>
      )}
      {removing && <RemovePerson meeting={sid} person={removing} onClose={() => setRemoving(undefined)} />}
    </>
  );
}

function Head({ meeting }: { meeting: LiveMeeting }) {
  const { t, i18n } = useTranslation();
  const [ending, setEnding] = useState(false);
  const { since, people } = meeting;
  return (
    <div className="admin-head">
      <div>
        <h1>{meeting.title}</h1>
        <p className="soft">
          {t("people.count", { count: people })} · {formatDay(since, i18n.language)}, {formatTime(since, i18n.language)}
        </p>
      </div>
      <Button variant="danger" onPress={() => setEnding(true)}>
        {t("admin.live.end")}
      </Button>
      {ending && <EndMeeting meeting={meeting} onClose={() => setEnding(false)} />}
    </div>
  );
}
