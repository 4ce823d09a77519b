import { ScrollText } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type AuditFilters, useAudit } from "../../../api/audit";
import { Button } from "../../../design/Button";
import { Emptiness } from "../../../design/Emptiness";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { Skeletons } from "../../../design/Skeletons";
import { AuditTable } from "./AuditTable";
import { FilterForm } from "./FilterForm";
import { Tools } from "./Tools";
import "./audit.css";

const EVERYTHING: AuditFilters = { act: "", person: "", about: "" };

/** What was done, by whom, when. */
export default function AuditPage() {
  const { t } = useTranslation();
  const [{ filters, asked }, setAsked] = useState({ filters: EVERYTHING, asked: 0 });
  const [filled, setFilled] = useState(0);
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useAudit(filters, asked);
  const entries = data?.pages.flatMap((page) => page.entries) ?? [];
  const names = Object.assign({}, ...(data?.pages.map((page) => page.names) ?? [])) as Record<string, string>;
  function ask(change: AuditFilters) {
    setAsked(({ asked: before }) => ({ filters: change, asked: before + 1 }));
  }
  function askAnew(change: AuditFilters) {
    ask(change);
    setFilled((before) => before + 1);
  }
  return (
    <>
      <h1>{t("admin.audit.title")}</h1>
      <p className="soft">{t("admin.audit.lead")}</p>
      {/* A question that does not come from the form fills it anew. */}
      <FilterForm key={filled} filters={filters} onAsk={ask} onClear={() => askAnew(EVERYTHING)} />
      <Tools filters={filters} />
      <ProblemNotice error={error} />
      {data && entries.length === 0 && (
        <div className="card">
          <Emptiness level={2} icon={<ScrollText />} title={t("admin.nothing")} text={t("admin.audit.nothingText")} />
        </div>
      )}
      {entries.length > 0 && (
        <AuditTable entries={entries} names={names} onAsk={(change) => askAnew({ ...EVERYTHING, ...change })} />
      )}
      {!data && !error && <Skeletons count={5} shape="row" />}
      {hasNextPage && (
        <div className="pager">
          <Button isBusy={isFetchingNextPage} onPress={() => void fetchNextPage()}>
            {t("admin.audit.older")}
          </Button>
        </div>
      )}
    </>
  );
}
