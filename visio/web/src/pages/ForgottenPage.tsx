import { type FormEvent, useState } from "react";
import { Form, Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useAskForLink } from "../api/links";
import { Button } from "../design/Button";
import { Notice } from "../design/Notice";
import { ProblemNotice } from "../design/ProblemNotice";
import { TextField } from "../design/TextField";
import { CardPage } from "./CardPage";

/** A way to a new password, by mail; the answer is the same whether or not there is an account. */
export default function ForgottenPage() {
  const { t, i18n } = useTranslation();
  const [email, setEmail] = useState("");
  const ask = useAskForLink();
  function submit(event: FormEvent) {
    event.preventDefault();
    ask.mutate({ email: email.trim(), language: i18n.language });
  }
  return (
    <CardPage title={t("forgotten.title")} lead={ask.isSuccess ? undefined : t("forgotten.lead")}>
      {ask.isSuccess ? (
        <Notice tone="success" title={t("forgotten.sent")}>
          {t("forgotten.sentText")}
        </Notice>
      ) : (
        <Form onSubmit={submit}>
          <ProblemNotice error={ask.error} />
          <TextField
            label={t("account.email")}
            type="email"
            autoComplete="username"
            value={email}
            onChange={setEmail}
            isRequired
            autoFocus
          />
          <Button type="submit" variant="primary" size="large" wide isBusy={ask.isPending}>
            {t("forgotten.ask")}
          </Button>
          <Link href="/login">{t("forgotten.back")}</Link>
        </Form>
      )}
    </CardPage>
  );
}
