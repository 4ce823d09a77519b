import { Copy, Download, Mail } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useConfig } from "../../api/config";
import { Button, ButtonLink } from "../../design/Button";
import { Notice } from "../../design/Notice";
import { saveText } from "../../design/save";
import { useCopy } from "../../design/useCopy";
import { letterTo, reportOf } from "./report";
import { type Results, troubles, verdict } from "./steps";

interface Props {
  results: Results;
  /** Models of the devices. */
  models: string[];
  onAgain: () => void;
}

/** How the whole went, and the report for those who can help. */
export function Outcome({ results, models, onAgain }: Props) {
  const { t } = useTranslation();
  const found = verdict(results);
  return (
    <>
      <Notice tone={TONES[found]} title={t(`connectionTest.verdicts.${found}.title`)}>
        {t(`connectionTest.verdicts.${found}.text`)}
        <Troubles results={results} />
      </Notice>
      <Sending results={results} models={models} />
      <div>
        <Button onPress={onAgain}>{t("connectionTest.again")}</Button>
      </div>
    </>
  );
}

function Troubles({ results }: { results: Results }) {
  const { t } = useTranslation();
  const steps = troubles(results);
  if (steps.length === 0) return null;
  return (
    <ul className="test-troubles">
      {steps.map((step) => (
        <li key={step}>
          <a href={`#step-${step}`}>{t(`connectionTest.steps.${step}`)}</a>
        </li>
      ))}
    </ul>
  );
}

function Sending({ results, models }: { results: Results; models: string[] }) {
  const { t } = useTranslation();
  const config = useConfig();
  const [copied, copy] = useCopy();
  const circumstances = { origin: location.origin, version: config?.version ?? "", userAgent: navigator.userAgent, models };
  const report = () => reportOf(results, { ...circumstances, at: new Date() }, t);
  return (
    <section className="test-report">
      <h2>{t("connectionTest.report")}</h2>
      <p className="soft">{t("connectionTest.holds")}</p>
      <div className="row">
        <Button onPress={() => void copy(report())}>
          <Copy aria-hidden="true" />
          {t(copied ? "common.copied" : "connectionTest.copy")}
        </Button>
        <Button onPress={() => saveText(report(), "visio-test.txt")}>
          <Download aria-hidden="true" />
          {t("connectionTest.download")}
        </Button>
        {config?.support && (
          <ButtonLink href={letterTo(config.support, results, report(), t)} onPress={() => void copy(report())}>
            <Mail aria-hidden="true" />
            {t("connectionTest.mail", { address: config.support })}
          </ButtonLink>
        )}
      </div>
      <details>
        <summary>{t("connectionTest.show")}</summary>
        <pre tabIndex={0}>{report()}</pre>
      </details>
    </section>
  );
}

/** What fails here is no error of this page: it does not interrupt a screen reader. */
const TONES = { ok: "success", warning: "warning", failed: "warning" } as const;
