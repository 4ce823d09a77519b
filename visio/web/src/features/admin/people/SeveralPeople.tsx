import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Measure, type NotChanged, type Person, useMeasure } from "../../../api/people";
import { Button } from "../../../design/Button";
import { Confirmation } from "../../../design/Confirmation";
import { Notice } from "../../../design/Notice";
import { AssignDialog } from "../entities/AssignDialog";

const MEASURES: Measure[] = ["disable", "enable", "sign_out"];

interface Report {
  measure: Measure;
  done: number;
  refused: NotChanged[];
}

/** What can be done with all who are chosen; then with whom it was not done. */
export function SeveralPeople({ people, onClear }: { people: Person[]; onClear: () => void }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Measure>();
  const [report, setReport] = useState<Report>();
  const act = useMeasure();
  function ask(measure: Measure) {
    act.reset();
    setReport(undefined);
    setAsked(measure);
  }
  function confirm(measure: Measure, entity?: string | null) {
    const accounts = people.map(({ id }) => id);
    act.mutate(
      { measure, accounts, entity },
      {
        onSuccess: ({ refused }) => {
          setReport({ measure, done: accounts.length - refused.length, refused });
          setAsked(undefined);
          onClear();
        },
      },
    );
  }
  return (
    <>
      {report && <Reported report={report} />}
      {people.length > 0 && (
        <div className="people-chosen" role="group" aria-label={t("admin.people.several")}>
          <span role="status">{t("admin.people.chosen", { count: people.length })}</span>
          {MEASURES.map((measure) => (
            <Button key={measure} size="small" onPress={() => ask(measure)}>
              {t(`admin.people.measures.${measure}.action`)}
            </Button>
          ))}
          <Button size="small" onPress={() => ask("assign")}>
            {t("admin.entities.assign")}
          </Button>
          <Button size="small" variant="quiet" onPress={onClear}>
            {t("admin.people.chooseNone")}
          </Button>
        </div>
      )}
      {asked === "assign" && (
        <AssignDialog
          title={t("admin.entities.assignTitle", { count: people.length })}
          before={null}
          error={act.error}
          isBusy={act.isPending}
          onSave={(entity) => confirm("assign", entity)}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked && asked !== "assign" && (
        <Confirmation
          title={t(`admin.people.measures.${asked}.title`, { count: people.length })}
          text={t(`admin.people.measures.${asked}.text`)}
          action={t(`admin.people.measures.${asked}.action`)}
          error={act.error}
          isBusy={act.isPending}
          onConfirm={() => confirm(asked)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}

function Reported({ report: { measure, done, refused } }: { report: Report }) {
  const { t } = useTranslation();
  return (
    <Notice
      tone={refused.length > 0 ? "warning" : "success"}
      title={t(`admin.people.measures.${measure}.done`, { count: done })}
    >
      {refused.length > 0 && (
        <>
          <p>{t("admin.people.notDone", { count: refused.length })}</p>
          <ul>
            {refused.map(({ id, email, code }) => (
              <li key={id}>
                {t("admin.people.refusedOne", {
                  email: email || id,
                  why: t([`problems.${code}.title`, "problems.unknown.title"]),
                })}
              </li>
            ))}
          </ul>
        </>
      )}
    </Notice>
  );
}
