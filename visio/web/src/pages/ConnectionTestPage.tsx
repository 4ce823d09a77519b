import { useState } from "react";
import { Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { Button } from "../design/Button";
import { localPath } from "../features/account/localPath";
import { TestRun } from "../features/connection/TestRun";
import { CardPage } from "./CardPage";

/** Whether this browser, these devices and this network will do for a meeting, and what to do if not. */
export default function ConnectionTestPage() {
  const { t } = useTranslation();
  const [run, setRun] = useState(0);
  const [asked] = useSearchParams();
  const back = localPath(asked.get("from"));
  const begin = () => setRun(run + 1);
  return (
    <CardPage title={t("connectionTest.title")} lead={t("connectionTest.lead")}>
      <div className="stack test-page">
        {run === 0 ? (
          <>
            <p>{t("connectionTest.asks")}</p>
            <Button variant="primary" size="large" onPress={begin}>
              {t("connectionTest.begin")}
            </Button>
          </>
        ) : (
          <TestRun key={run} onAgain={begin} />
        )}
        {back !== "/" && <Link href={back}>{t("connectionTest.back")}</Link>}
      </div>
    </CardPage>
  );
}
