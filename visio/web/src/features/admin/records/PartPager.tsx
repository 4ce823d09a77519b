import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../design/Button";
import type { Parts } from "./useParts";

interface Props {
  parts: Parts;
  shown: number;
  total: number;
  next: string | null;
}

/** Below a list that has more than one part. */
export function PartPager({ parts: { skipped, forward, back }, shown, total, next }: Props) {
  const { t } = useTranslation();
  const isEmptied = shown === 0 && skipped > 0;
  useEffect(() => {
    if (isEmptied) back();
  }, [isEmptied, back]);
  if (next === null && skipped === 0) return null;
  return (
    <nav className="pager" aria-label={t("admin.pages")}>
      <Button size="small" isDisabled={skipped === 0} onPress={back}>
        {t("admin.previous")}
      </Button>
      <span className="small soft" role="status">
        {t("admin.range", { from: Math.min(skipped + 1, total), to: skipped + shown, total })}
      </span>
      <Button size="small" isDisabled={next === null} onPress={() => next !== null && forward(next)}>
        {t("admin.next")}
      </Button>
    </nav>
  );
}
