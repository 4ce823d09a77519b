import { useTranslation } from "react-i18next";
import { Navigate, useSearchParams } from "react-router";
import { isUnfinished, useAccount, useRefreshAccount } from "../api/session";
import { Loading } from "../design/Loading";
import { FactorSetup } from "../features/account/FactorSetup";
import { localPath } from "../features/account/localPath";
import { PasswordForm } from "../features/account/PasswordForm";
import { ProviderSignIn } from "../features/account/ProviderSignIn";
import { SignInForm } from "../features/account/SignInForm";
import { CardPage } from "./CardPage";

/** Sign in, and what has to be done before anything else. */
export default function SignInPage() {
  const { t } = useTranslation();
  const account = useAccount();
  const refresh = useRefreshAccount();
  const [search] = useSearchParams();
  if (account === undefined) return <Loading />;
  if (account && !isUnfinished(account)) return <Navigate to={localPath(search.get("next"))} replace />;
  if (account?.must_change_password) {
    return (
      <CardPage title={t("password.title")} lead={t("password.why")}>
        <PasswordForm current={t("password.given")} save={t("password.save")} />
      </CardPage>
    );
  }
  if (account) {
    return (
      <CardPage title={t("factor.title")} lead={t("factor.required")}>
        <FactorSetup onDone={() => void refresh()} />
      </CardPage>
    );
  }
  return (
    <CardPage title={t("account.welcome")} documentTitle={t("account.signIn")}>
      <ProviderSignIn next={localPath(search.get("next"))} problem={search.get("problem")} />
      <p className="soft">{t("account.withLocal")}</p>
      <SignInForm />
    </CardPage>
  );
}
