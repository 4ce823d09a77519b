import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useChangePassword } from "../../api/session";
import { Button } from "../../design/Button";
import { ProblemNotice } from "../../design/ProblemNotice";
import { TextField } from "../../design/TextField";
import { NewPassword } from "./NewPassword";

/** No address is asked for here: only the password can be wrong. */
export const WRONG_HERE = { invalid_credentials: "wrong_password" };

interface Props {
  /** What the password to be replaced is called. */
  current: string;
  save: string;
  onDone?: () => void;
}

/** Replaces one's password by one that only its owner knows. */
export function PasswordForm({ current: label, save, onDone }: Props) {
  const [current, setCurrent] = useState("");
  const [chosen, setChosen] = useState("");
  const [again, setAgain] = useState("");
  const change = useChangePassword();
  function submit(event: FormEvent) {
    event.preventDefault();
    if (again === chosen) change.mutate({ current, new: chosen }, { onSuccess: onDone });
  }
  return (
    <Form onSubmit={submit} className="stack">
      <ProblemNotice error={change.error} named={WRONG_HERE} />
      <TextField
        label={label}
        type="password"
        autoComplete="current-password"
        value={current}
        onChange={setCurrent}
        isRequired
        autoFocus
      />
      <NewPassword chosen={chosen} again={again} onChoose={setChosen} onRepeat={setAgain} />
      <Button type="submit" variant="primary" size="large" wide isBusy={change.isPending}>
        {save}
      </Button>
    </Form>
  );
}
