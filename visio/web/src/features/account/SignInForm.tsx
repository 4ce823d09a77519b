import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useSignIn } from "../../api/session";
import { Button } from "../../design/Button";
import { ProblemNotice } from "../../design/ProblemNotice";
import { TextField } from "../../design/TextField";

export function SignInForm() {
  const { t } = useTranslation();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useSignIn();
  function submit(event: FormEvent) {
    event.preventDefault();
    signIn.mutate({ email: email.trim(), password });
  }
  return (
    <Form onSubmit={submit}>
      <ProblemNotice error={signIn.error} />
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
      <Button type="submit" variant="primary" size="large" wide isBusy={signIn.isPending}>
        {t("account.signIn")}
      </Button>
    </Form>
  );
}
