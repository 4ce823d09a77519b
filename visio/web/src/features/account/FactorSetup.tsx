import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type Enrolment, useBeginFactor, useConfirmFactor } from "../../api/factor";
import { Button } from "../../design/Button";
import { ProblemNotice } from "../../design/ProblemNotice";
import { TextField } from "../../design/TextField";
import { CodeField } from "./CodeField";
import { RecoveryCodes } from "./RecoveryCodes";
import { WRONG_HERE } from "./PasswordForm";

/** Sets up an authenticator in three steps: who asks, what it is told, what to keep for its loss. */
export function FactorSetup({ onDone }: { onDone: () => void }) {
  const begin = useBeginFactor();
  const [codes, setCodes] = useState<string[]>();
  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />;
  if (begin.data) return <Scan enrolment={begin.data} onConfirmed={setCodes} />;
  return <ConfirmPassword isBusy={begin.isPending} error={begin.error} onConfirm={begin.mutate} />;
}

interface PasswordProps {
  isBusy: boolean;
  error: unknown;
  onConfirm: (password: string) => void;
}

function ConfirmPassword({ isBusy, error, onConfirm }: PasswordProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  function submit(event: FormEvent) {
    event.preventDefault();
    onConfirm(password);
  }
  return (
    <Form onSubmit={submit} className="stack">
      <ProblemNotice error={error} named={WRONG_HERE} />
      <TextField
        label={t("account.password")}
        hint={t("factor.whyPassword")}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        isRequired
      />
      <Button type="submit" variant="primary" isBusy={isBusy}>
        {t("factor.begin")}
      </Button>
    </Form>
  );
}

function Scan({ enrolment, onConfirmed }: { enrolment: Enrolment; onConfirmed: (codes: string[]) => void }) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const confirm = useConfirmFactor();
  function submit(event: FormEvent) {
    event.preventDefault();
    confirm.mutate(code, { onSuccess: ({ recovery_codes }) => onConfirmed(recovery_codes) });
  }
  return (
    <Form onSubmit={submit} className="stack">
      <p>{t("factor.scan")}</p>
      <img className="qr" src={enrolment.qr} alt={t("factor.picture")} />
      <p>
        {t("factor.byHand")} <code className="secret">{enrolment.secret.match(/.{1,4}/g)?.join(" ")}</code>
      </p>
      <ProblemNotice error={confirm.error} />
      <CodeField value={code} onChange={setCode} hint={t("factor.firstCode")} autoFocus />
      <Button type="submit" variant="primary" isBusy={confirm.isPending}>
        {t("factor.confirm")}
      </Button>
    </Form>
  );
}
