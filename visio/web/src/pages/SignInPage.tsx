import { useTranslation } from "react-i18next";
import { Navigate, useSearchParams } from "react-router";
import { useAccount } from "../api/session";
import { Loading } from "../design/Loading";
import { PasswordForm } from "../features/account/PasswordForm";
import { SignInForm } from "../features/account/SignInForm";
import { PageFrame } from "./PageFrame";

export function SignInPage() {
  const { t } = useTranslation();
  const account = useAccount();
  const [search] = useSearchParams();
  if (account === undefined) return <Loading />;
  if (account && !account.must_change_password) return <Navigate to={localPath(search.get("next"))} replace />;
  return account ? (
    <PageFrame title={t("password.title")}>
      <section className="card centred-card">
        <h1>{t("password.title")}</h1>
        <p className="soft">{t("password.why")}</p>
        <PasswordForm />
      </section>
    </PageFrame>
  ) : (
    <PageFrame title={t("account.signIn")}>
      <section className="card centred-card">
        <h1>{t("account.welcome")}</h1>
        <p className="soft">{t("account.withLocal")}</p>
        <SignInForm />
      </section>
    </PageFrame>
  );
}

/** Only a path of our own may be returned to: anything else is the home page. */
function localPath(next: string | null): string {
  return next && /^\/[^/\\]/.test(next) ? next : "/";
}
