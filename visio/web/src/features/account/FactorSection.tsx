import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useRemoveFactor, useRenewCodes } from "../../api/factor";
import { type Account, useRefreshAccount } from "../../api/session";
import { Button } from "../../design/Button";
import { Notice } from "../../design/Notice";
import { ProblemNotice } from "../../design/ProblemNotice";
import { TextField } from "../../design/TextField";
import { CodeField } from "./CodeField";
import { FactorSetup } from "./FactorSetup";
import { WRONG_HERE } from "./PasswordForm";
import { RecoveryCodes } from "./RecoveryCodes";

type Step = "rest" | "set-up" | "renew" | "remove";

/** One's own authenticator: there or not, and what can be done about it. */
export function FactorSection({ account }: { account: Account }) {
  const { t } = useTranslation();
  const refresh = useRefreshAccount();
  const [step, setStep] = useState<Step>("rest");
  async function finish() {
    await refresh();
    setStep("rest");
  }
  if (step === "set-up") return <FactorSetup onDone={() => void finish()} />;
  if (step === "renew") return <RenewCodes onDone={() => setStep("rest")} />;
  if (step === "remove") return <RemoveFactor onDone={() => void finish()} />;
  if (account.second_factor !== "on") {
    return (
      <div className="stack">
        <p className="soft">{t("factor.off")}</p>
        <div className="row">
          <Button variant="primary" onPress={() => setStep("set-up")}>
            {t("factor.setUp")}
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div className="stack">
      <Notice tone="success">{t("factor.on")}</Notice>
      <div className="row">
        <Button onPress={() => setStep("renew")}>{t("factor.renew")}</Button>
        <Button variant="danger" onPress={() => setStep("remove")}>
          {t("factor.remove")}
        </Button>
      </div>
    </div>
  );
}

function RenewCodes({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const renew = useRenewCodes();
  if (renew.data) return <RecoveryCodes codes={renew.data.recovery_codes} onDone={onDone} />;
  function submit(event: FormEvent) {
    event.preventDefault();
    renew.mutate(code);
  }
  return (
    <Form onSubmit={submit} className="stack">
      <ProblemNotice error={renew.error} />
      <CodeField value={code} onChange={setCode} hint={t("factor.codeOrRecovery")} autoFocus />
      <Buttons label={t("factor.renew")} isBusy={renew.isPending} onCancel={onDone} />
    </Form>
  );
}

function RemoveFactor({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const remove = useRemoveFactor();
  function submit(event: FormEvent) {
    event.preventDefault();
    remove.mutate({ password, code }, { onSuccess: onDone });
  }
  return (
    <Form onSubmit={submit} className="stack">
      <ProblemNotice error={remove.error} named={WRONG_HERE} />
      <TextField
        label={t("account.password")}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        isRequired
        autoFocus
      />
      <CodeField value={code} onChange={setCode} hint={t("factor.codeOrRecovery")} />
      <Buttons label={t("factor.remove")} isBusy={remove.isPending} onCancel={onDone} />
    </Form>
  );
}

function Buttons({ label, isBusy, onCancel }: { label: string; isBusy: boolean; onCancel: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="row">
      <Button onPress={onCancel}>{t("common.cancel")}</Button>
      <Button type="submit" variant="primary" isBusy={isBusy}>
        {label}
      </Button>
    </div>
  );
}
