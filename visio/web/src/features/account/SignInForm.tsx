import { type FormEvent, useState } from "react";
import { Form, Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useConfig } from "../../api/config";
import { Problem } from "../../api/request";
import { useSignIn } from "../../api/session";
import { Button } from "../../design/Button";
import { ProblemNotice } from "../../design/ProblemNotice";
import { TextField } from "../../design/TextField";
import { CodeField } from "./CodeField";

export function SignInForm() {
  const { t } = useTranslation();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [wantsCode, setWantsCode] = useState(false);
  const config = useConfig();
  const signIn = useSignIn();
  function submit(event: FormEvent) {
    event.preventDefault();
    const credentials = { email: email.trim(), password, ...(wantsCode && { code }) };
    signIn.mutate(credentials, { onError: (error) => isCodeRequired(error) && setWantsCode(true) });
  }
  return (
    <Form onSubmit={submit}>
      {!isCodeRequired(signIn.error) && <ProblemNotice error={signIn.error} />}
      {wantsCode ? (
        <CodeField value={code} onChange={setCode} hint={t("factor.codeOrRecovery")} autoFocus />
      ) : (
        <>
          <TextField
            label={t("account.email")}
            type="email"
            autoComplete="username"
            value={email}
            onChange={setEmail}
            isRequired
            autoFocus
          />
          <TextField
            label={t("account.password")}
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={setPassword}
            isRequired
          />
        </>
      )}
      <Button type="submit" variant="primary" size="large" wide isBusy={signIn.isPending}>
        {t("account.signIn")}
      </Button>
      {config?.mail && !wantsCode && <Link href="/forgotten">{t("account.forgotten")}</Link>}
    </Form>
  );
}

function isCodeRequired(error: unknown): boolean {
  return error instanceof Problem && error.code === "code_required";
}
