import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { type Account, isUnfinished, useAccount, useSignOthersOut } from "../api/session";
import { Button } from "../design/Button";
import { Loading } from "../design/Loading";
import { Notice } from "../design/Notice";
import { ProblemNotice } from "../design/ProblemNotice";
import { signInPath } from "../features/account/AccountMenu";
import { FactorSection } from "../features/account/FactorSection";
import { PasswordForm } from "../features/account/PasswordForm";
import { PageFrame } from "./PageFrame";
import "./AccountPage.css";

/** How one's own account is kept safe. */
export default function AccountPage() {
  const { t } = useTranslation();
  const account = useAccount();
  if (account === undefined) return <Loading />;
  if (account === null || isUnfinished(account)) return <Navigate to={signInPath("/account")} replace />;
  return (
    <PageFrame title={t("account.security")}>
      <div className="account-page">
        <h1>{t("account.security")}</h1>
        {account.has_password ? (
          <>
            <section className="card" aria-labelledby="factor">
              <h2 id="factor">{t("factor.title")}</h2>
              <FactorSection account={account} />
            </section>
            <section className="card" aria-labelledby="password">
              <h2 id="password">{t("account.password")}</h2>
              <PasswordSection />
            </section>
          </>
        ) : (
          <Notice>{t("account.elsewhere")}</Notice>
        )}
        <section className="card" aria-labelledby="browsers">
          <h2 id="browsers">{t("account.browsers")}</h2>
          <OtherBrowsers account={account} />
        </section>
      </div>
    </PageFrame>
  );
}

function PasswordSection() {
  const { t } = useTranslation();
  const [step, setStep] = useState<"rest" | "change" | "done">("rest");
  if (step === "change") {
    return (
      <PasswordForm current={t("password.current")} save={t("common.save")} onDone={() => setStep("done")} />
    );
  }
  return (
    <div className="stack">
      {step === "done" && <Notice tone="success">{t("password.changed")}</Notice>}
      <div className="row">
        <Button onPress={() => setStep("change")}>{t("password.change")}</Button>
      </div>
    </div>
  );
}

function OtherBrowsers({ account }: { account: Account }) {
  const { t } = useTranslation();
  const signOut = useSignOthersOut();
  return (
    <div className="stack">
      <p className="soft">{t("account.browsersText", { email: account.email })}</p>
      <ProblemNotice error={signOut.error} />
      {signOut.isSuccess && <Notice tone="success">{t("account.signedOthersOut")}</Notice>}
      <div className="row">
        <Button onPress={() => signOut.mutate()} isBusy={signOut.isPending}>
          {t("account.signOthersOut")}
        </Button>
      </div>
    </div>
  );
}
