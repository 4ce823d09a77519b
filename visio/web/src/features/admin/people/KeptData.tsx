import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Person, type Proof, useExportPerson, useKept } from "../../../api/people";
import { useAccount } from "../../../api/session";
import { Button } from "../../../design/Button";
import { ProblemNotice } from "../../../design/ProblemNotice";
import { EraseDialog } from "./EraseDialog";

/** What is kept of somebody: to be counted, taken along, and erased. */
export function KeptData({ person, onErased }: { person: Person; onErased: (proof: Proof) => void }) {
  const { t } = useTranslation();
  const own = useAccount()?.id === person.id;
  const kept = useKept(person.id);
  const take = useExportPerson(person.id);
  const [erasing, setErasing] = useState(false);
  return (
    <section className="card padded" aria-labelledby="kept">
      <h2 id="kept">{t("admin.people.kept")}</h2>
      <p className="soft">{t("admin.people.keptText")}</p>
      <ProblemNotice error={kept.error ?? take.error} />
      {kept.data && <Counts rows={kept.data} />}
      <div className="people-acts">
        <Button isBusy={kept.isPending} onPress={() => kept.mutate()}>
          {t("admin.people.count")}
        </Button>
        <Button isBusy={take.isPending} onPress={() => take.mutate()}>
          {t("admin.people.export")}
        </Button>
        {!own && (
          <Button variant="danger" onPress={() => setErasing(true)}>
            {t("admin.people.erase")}
          </Button>
        )}
      </div>
      {erasing && <EraseDialog person={person} onErased={onErased} onClose={() => setErasing(false)} />}
    </section>
  );
}

function Counts({ rows }: { rows: Record<string, number> }) {
  const { t } = useTranslation();
  return (
    <div role="status">
      <dl className="people-counts">
        {Object.entries(rows).map(([table, count]) => (
          <div key={table}>
            <dt>{t(`admin.people.tables.${table}`, { defaultValue: table })}</dt>
            <dd>{count}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
