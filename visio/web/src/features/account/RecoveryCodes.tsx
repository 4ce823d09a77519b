import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { Notice } from "../../design/Notice";
import { useCopy } from "../../design/useCopy";

/** Shown once: whoever loses the authenticator gets in with one of these. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const { t } = useTranslation();
  const [copied, copy] = useCopy();
  return (
    <div className="stack">
      <Notice tone="warning" title={t("factor.keep")}>
        {t("factor.keepWhy")}
      </Notice>
      <ul className="recovery-codes" aria-label={t("factor.recovery")}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="row">
        <Button onPress={() => void copy(codes.join("\n"))}>{t(copied ? "common.copied" : "factor.copyCodes")}</Button>
        <Button variant="primary" onPress={onDone}>
          {t("factor.kept")}
        </Button>
      </div>
    </div>
  );
}
