import { Download } from "lucide-react";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { useAccount } from "../../api/session";
import { Button } from "../../design/Button";
import { saveText } from "../../design/save";

/** What may be in a file, and one to begin with. */
export function FileColumns() {
  const { t, i18n } = useTranslation();
  const email = useAccount()?.email ?? "";
  // A French spreadsheet takes semicolons only; both, letters with accents for the mark at the start.
  const comma = i18n.language === "en" ? "," : ";";
  const lines = [COLUMNS, [t("imports.example"), "", email, "restricted", "", "", ""]];
  const template = `\ufeff${lines.map((cells) => cells.join(comma)).join("\r\n")}\r\n`;
  return (
    <details className="import-columns">
      <summary>{t("imports.columns")}</summary>
      <p className="soft">{t("imports.columnsText")}</p>
      <dl>
        {COLUMNS.map((name) => (
          <Fragment key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>{t(`imports.about.${name}`)}</dd>
          </Fragment>
        ))}
      </dl>
      <Button size="small" onPress={() => saveText(template, t("imports.templateName"), "text/csv")}>
        <Download aria-hidden="true" />
        {t("imports.template")}
      </Button>
    </details>
  );
}

const COLUMNS = ["title", "slug", "owner", "access", "max_participants", "members", "administrators"];
