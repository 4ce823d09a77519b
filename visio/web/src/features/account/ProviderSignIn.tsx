import { useTranslation } from "react-i18next";
import { useConfig } from "../../api/config";
import { Problem } from "../../api/request";
import { ProblemNotice } from "../../design/ProblemNotice";

interface Props {
  next: string;
  /** Why the provider's answer was refused, if it was. */
  problem: string | null;
}

/** The way to the identity provider, where there is one. */
export function ProviderSignIn({ next, problem }: Props) {
  const { t } = useTranslation();
  const provider = useConfig()?.provider;
  if (!provider) return null;
  return (
    <div className="stack provider">
      {problem && <ProblemNotice error={new Problem(problem, 401)} />}
      {/* An address of the server, not a page of the client's. */}
      <a className="button primary large wide" href={`/oidc/start?next=${encodeURIComponent(next)}`}>
        {t("account.withProvider", { provider })}
      </a>
      <p className="or">{t("account.or")}</p>
    </div>
  );
}
