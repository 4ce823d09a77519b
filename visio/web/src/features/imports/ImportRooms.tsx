import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Progress, useImport, useTryImport } from "../../api/imports";
import { Button, ButtonLink } from "../../design/Button";
import { Loading } from "../../design/Loading";
import { Notice } from "../../design/Notice";
import { ProblemNotice } from "../../design/ProblemNotice";
import { FileColumns } from "./FileColumns";
import { FileField } from "./FileField";
import { ImportProgress } from "./ImportProgress";
import { RefusedLines } from "./RefusedLines";
import "./imports.css";

/** A file is chosen, tried, and then made into rooms; another one begins anew. */
export function ImportRooms() {
  const { t } = useTranslation();
  const [file, setFile] = useState<File>();
  const [progress, setProgress] = useState<Progress>();
  const trial = useTryImport();
  const making = useImport(setProgress);
  const report = making.data ?? trial.data;
  const there = report?.there ?? 0;

  function choose(chosen: File) {
    setFile(chosen);
    setProgress(undefined);
    making.reset();
    trial.mutate(chosen);
  }

  return (
    <div className="imports">
      <h1>{t("imports.title")}</h1>
      <p className="soft">{t("imports.text")}</p>
      <section className="card stack" aria-label={t("imports.file")}>
        <FileColumns />
        <FileField file={file} isDisabled={making.isPending} onChoose={choose} />
        {trial.isPending && <Loading />}
        <ProblemNotice error={making.error ?? trial.error} />
        {making.isPending && <ImportProgress progress={progress} />}
        {making.data ? (
          <>
            <Notice tone="success">
              <p>{t("imports.made", { count: making.data.made })}</p>
              {there > 0 && <p>{t("imports.there", { count: there })}</p>}
            </Notice>
            <div className="row">
              <ButtonLink href="/admin/rooms">{t("imports.list")}</ButtonLink>
            </div>
          </>
        ) : (
          trial.data && (
            <Notice>
              <p>{t("imports.would", { count: trial.data.made })}</p>
              {there > 0 && <p>{t("imports.there", { count: there })}</p>}
            </Notice>
          )
        )}
        {file && trial.data && trial.data.made > 0 && !making.data && (
          <div className="row">
            <Button variant="primary" onPress={() => making.mutate(file)} isBusy={making.isPending}>
              {t("imports.make", { count: trial.data.made })}
            </Button>
          </div>
        )}
      </section>
      {file && report && report.refused.length > 0 && <RefusedLines file={file} lines={report.refused} />}
    </div>
  );
}
