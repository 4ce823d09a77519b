import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useChangePassword } from "../../api/session";
import { Button } from "../../design/Button";
import { ProblemNotice } from "../../design/ProblemNotice";
import { TextField } from "../../design/TextField";

const SHORTEST = 12;
/** No address is asked for here: only the password can be wrong. */
const WRONG_HERE = { invalid_credentials: "wrong_password" };

/** Replaces the one-time password by one that only its owner knows. */
export function PasswordForm() {
  const { t } = useTranslation();
  const [current, setCurrent] = useState("");
  const [chosen, setChosen] = useState("");
  const [again, setAgain] = useState("");
  const change = useChangePassword();
  const different = again !== "" && again !== chosen;
  function submit(event: FormEvent) {
    event.preventDefault();
    if (again === chosen) change.mutate({ current, new: chosen });
  }
  return (
    <Form onSubmit={submit}>
      <ProblemNotice error={change.error} named={WRONG_HERE} />
      <TextField
        label={t("password.current")}
        type="password"
        autoComplete="current-password"
        value={current}
        onChange={setCurrent}
        isRequired
        autoFocus
      />
      <TextField
        label={t("password.new")}
        hint={t("password.rule", { count: SHORTEST })}
        type="password"
        autoComplete="new-password"
        value={chosen}
        onChange={setChosen}
        minLength={SHORTEST}
        isRequired
      />
      <TextField
        label={t("password.again")}
        type="password"
        autoComplete="new-password"
        value={again}
        onChange={setAgain}
        error={different ? t("password.different") : undefined}
        isRequired
      />
      <Button type="submit" variant="primary" size="large" wide isBusy={change.isPending}>
        {t("password.save")}
      </Button>
    </Form>
  );
}
