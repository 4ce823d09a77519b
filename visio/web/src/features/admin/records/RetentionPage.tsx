import { Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type PastMeeting, type Rules, usePastMeetings, useRules } from "../../../api/records";
import { type Column, DataTable } from "../../../design/DataTable";
import { formatMoment } from "../../../design/format";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { Skeletons } from "../../../design/Skeletons";
import { Until } from "./meetingColumns";
import { Proofs } from "./Proofs";
import "./records.css";

/** How long meetings are kept, which go next, which are held, and the proofs of what is gone. */
export default function RetentionPage() {
  const { t } = useTranslation();
  const { data, error } = useRules();
  return (
    <>
      <h1>{t("records.retention.title")}</h1>
      <p className="soft">{t("records.retention.lead")}</p>
      <ProblemNotice error={error} />
      {data ? <Policy rules={data} /> : !error && <Skeletons count={1} shape="row" />}
      <Few title={t("records.retention.next")} none={t("records.retention.nextNone")} held={false} />
      <Few title={t("records.retention.held")} none={t("records.retention.heldNone")} held />
      <Proofs />
    </>
  );
}

function Policy({ rules }: { rules: Rules }) {
  const { t } = useTranslation();
  const counts = ["kept", "due_day", "due_week", "held"] as const;
  return (
    <section className="card padded" aria-labelledby="retention-rules">
      <h2 id="retention-rules">{t("records.retention.rules")}</h2>
      <ul className="plain-list">
        <li>{t("records.retention.days", { count: rules.days })}</li>
        <li>{t("records.retention.most", { count: rules.most })}</li>
        <li>{t("records.retention.audit", { count: rules.audit_days })}</li>
      </ul>
      <dl className="counts">
        {counts.map((name) => (
          <div key={name}>
            <dt className="small soft">{t(`records.retention.counts.${name}`)}</dt>
            <dd>{rules[name]}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** The first of those that are held, or of those that are not, by when their time is over. */
function Few({ title, none, held }: { title: string; none: string; held: boolean }) {
  const { t } = useTranslation();
  const order = held ? ({ sort: "started", order: "descending" } as const) : ({ sort: "until", order: "ascending" } as const);
  const { data, error } = usePastMeetings({ search: "", ...order, after: "", limit: 10 }, held);
  const columns = useColumns();
  return (
    <section className="admin-section">
      <h2>{title}</h2>
      <ProblemNotice error={error} />
      {data ? (
        data.meetings.length === 0 ? (
          <p className="soft">{none}</p>
        ) : (
          <DataTable
            label={title}
            columns={columns}
            rows={data.meetings}
            keyOf={(meeting) => meeting.id}
            order={order}
            onOrder={() => undefined}
          />
        )
      ) : (
        !error && <Skeletons count={2} shape="row" />
      )}
      {data && data.total > data.meetings.length && (
        <Link href={held ? "/admin/meetings?held=true" : "/admin/meetings"}>
          {t("records.retention.all", { count: data.total })}
        </Link>
      )}
    </section>
  );
}

function useColumns(): Column<PastMeeting>[] {
  const { t, i18n } = useTranslation();
  return [
    { id: "title", title: t("records.meetings.room"), show: ({ title }) => title },
    {
      id: "started",
      title: t("records.meetings.when"),
      show: ({ started_at }) => formatMoment(started_at, i18n.language),
    },
    { id: "until", title: t("records.meetings.until"), show: (meeting) => <Until meeting={meeting} /> },
  ];
}
