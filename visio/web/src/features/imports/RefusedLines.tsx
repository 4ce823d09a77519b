import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type RefusedLine, useRefusedTable } from "../../api/imports";
import { Button } from "../../design/Button";
import { ProblemNotice } from "../../design/ProblemNotice";
import { saveText } from "../../design/save";

interface Props {
  file: File;
  lines: RefusedLine[];
}

/** Which lines make no room, and why; all of them in a file. */
export function RefusedLines({ file, lines }: Props) {
  const { t, i18n } = useTranslation();
  const table = useRefusedTable();
  const language = i18n.language === "en" ? "en" : "fr";
  return (
    <section className="card stack">
      <h2 id="refused">{t("imports.refused", { count: lines.length })}</h2>
      <div className="import-table" role="region" aria-labelledby="refused" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("imports.line")}</th>
              <th scope="col" className="wide">{t("imports.column")}</th>
              <th scope="col" className="wide">{t("imports.value")}</th>
              <th scope="col">{t("imports.reason")}</th>
            </tr>
          </thead>
          <tbody>
            {lines.slice(0, SHOWN).map((one) => (
              <tr key={`${one.line} ${one.column}`}>
                <th scope="row">{one.line}</th>
                <td className="wide">{one.column}</td>
                <td className="wide import-value">{one.value}</td>
                <td>
                  {one.reason[language]}
                  <p className="narrow small soft">{[one.column, one.value].filter(Boolean).join(" · ")}</p>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {lines.length > SHOWN && <p className="small soft">{t("imports.more", { count: lines.length - SHOWN })}</p>}
      <ProblemNotice error={table.error} />
      <div className="row">
        <Button
          onPress={() => table.mutate(file, { onSuccess: (text) => saveText(text, t("imports.tableName"), "text/csv") })}
          isBusy={table.isPending}
        >
          <Download aria-hidden="true" />
          {t("imports.download")}
        </Button>
      </div>
    </section>
  );
}

/** Rows; more make the page slow, and nobody reads them here. */
const SHOWN = 100;
