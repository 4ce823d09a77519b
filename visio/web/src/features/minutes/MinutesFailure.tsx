import { useTranslation } from "react-i18next";
import { Notice } from "../../design/Notice";

/** Why the language model wrote nothing. */
export function MinutesFailure({ failure }: { failure: string }) {
  const { t } = useTranslation();
  return (
    <Notice tone="error" title={t("minutes.failed")}>
      <p>{t([`minutes.failure.${failure}`, "minutes.failure.unreachable"])}</p>
    </Notice>
  );
}
