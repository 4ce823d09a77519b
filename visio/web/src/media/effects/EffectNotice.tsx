import { useTranslation } from "react-i18next";
import { Notice } from "../../design/Notice";
import type { EffectProblem } from "./choice";

/** The background was given up, and the camera with it: why, and what to do. */
export function EffectNotice({ problem }: { problem: EffectProblem }) {
  const { t } = useTranslation();
  return (
    <Notice tone="error" title={t(`effects.problems.${problem}`)}>
      {t("effects.problems.advice")}
    </Notice>
  );
}
