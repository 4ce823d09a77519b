import { SendHorizontal } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import { ProblemNotice } from "../../design/ProblemNotice";
import { TextField } from "../../design/TextField";
import { useAnswers, useWaiting } from "../state/useLobby";

/** A sentence for those who wait, and for those who come after it. */
export function WaitingMessage() {
  const { t } = useTranslation();
  const { message } = useWaiting();
  const { tell } = useAnswers();
  const [text, setText] = useState("");
  function submit(event: FormEvent) {
    event.preventDefault();
    tell.mutate(text.trim(), { onSuccess: () => setText("") });
  }
  return (
    <>
      <Form className="waiting-message" onSubmit={submit}>
        <TextField
          label={t("lobby.message")}
          hint={message ? t("lobby.told", { message }) : undefined}
          value={text}
          onChange={setText}
          maxLength={300}
        />
        <IconButton type="submit" variant="soft" label={t("lobby.send")} icon={<SendHorizontal />} />
      </Form>
      <ProblemNotice error={tell.error} />
    </>
  );
}
