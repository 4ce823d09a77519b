import { History } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { type PastMeeting, pastTable, usePastMeetings } from "../../../api/records";
import { DataTable } from "../../../design/DataTable";
import { Emptiness } from "../../../design/Emptiness";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { Skeletons } from "../../../design/Skeletons";
import { Switch } from "../../../design/Switch";
import { EntityFilter } from "../entities/EntityField";
import { ListTools } from "../ListTools";
import { type MeetingAction, MeetingActionDialog } from "./MeetingActions";
import { useMeetingColumns } from "./meetingColumns";
import { PartPager } from "./PartPager";
import { useParts } from "./useParts";
import "./records.css";

/** All meetings of the instance that are over; the address may say what is searched, or that only held ones are wanted. */
export default function MeetingsPage() {
  const { t } = useTranslation();
  const [asked] = useSearchParams();
  const parts = useParts({ search: asked.get("search") ?? "", sort: "started", order: "descending" });
  const [onlyHeld, setOnlyHeld] = useState(asked.get("held") === "true");
  const held = onlyHeld || undefined;
  const { data, error } = usePastMeetings(parts.part, held);
  const [acting, setActing] = useState<{ action: MeetingAction; meeting: PastMeeting }>();
  const columns = useMeetingColumns((action, meeting) => setActing({ action, meeting }));
  const { search, entity = "" } = parts.part;
  const narrowed = search !== "" || entity !== "" || onlyHeld;
  return (
    <>
      <h1>{t("records.meetings.title")}</h1>
      <p className="soft">{t("records.meetings.lead")}</p>
      <ProblemNotice error={error} />
      <ListTools
        label={t("records.meetings.search")}
        search={search}
        onSearch={(search) => parts.change({ search })}
        table={pastTable(parts.part, held)}
      >
        <EntityFilter entity={entity} onChange={(entity) => parts.change({ entity })} />
      </ListTools>
      <Switch
        label={t("records.meetings.onlyHeld")}
        isSelected={onlyHeld}
        onChange={(only) => {
          setOnlyHeld(only);
          parts.change({});
        }}
      />
      {data ? (
        data.meetings.length === 0 ? (
          <div className="card">
            <Emptiness
              level={2}
              icon={<History />}
              title={t(narrowed ? "admin.nothing" : "records.meetings.none")}
              text={t(narrowed ? "admin.nothingText" : "records.meetings.noneText")}
            />
          </div>
        ) : (
          <DataTable
            label={t("records.meetings.title")}
            columns={columns}
            rows={data.meetings}
            keyOf={(meeting) => meeting.id}
            order={parts.part}
            onOrder={parts.change}
          />
        )
      ) : (
        !error && <Skeletons count={5} shape="row" />
      )}
      {data && <PartPager parts={parts} shown={data.meetings.length} total={data.total} next={data.next} />}
      {acting && <MeetingActionDialog {...acting} onClose={() => setActing(undefined)} />}
    </>
  );
}
