import { Label, ProgressBar } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Progress } from "../../api/imports";

/** How many lines are done. */
export function ImportProgress({ progress }: { progress: Progress | undefined }) {
  const { t } = useTranslation();
  const { done, total } = progress ?? { done: 0, total: 1 };
  return (
    <ProgressBar className="import-progress" value={done} maxValue={total}>
      {({ percentage = 0, valueText }) => (
        <>
          <Label>{t("imports.making")}</Label>
          <span>{valueText}</span>
          <progress value={percentage} max={100} aria-hidden="true" />
        </>
      )}
    </ProgressBar>
  );
}
