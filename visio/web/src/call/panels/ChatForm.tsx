import { SendHorizontal } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { Form, Label, TextArea, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import { useCall } from "../state/CallContext";
import "../../design/Field.css";

/** A chat line is a few sentences; longer texts belong in a document. */
const LONGEST = 4_000;

export function ChatForm() {
  const { t } = useTranslation();
  const { chat, toasts } = useCall();
  const [text, setText] = useState("");
  async function send(event: FormEvent | KeyboardEvent) {
    event.preventDefault();
    const line = text.trim();
    if (line === "") return;
    setText("");
    try {
      await chat.send(line);
    } catch {
      setText(line);
      toasts.show({ kind: "failed" });
    }
  }
  return (
    <Form className="chat-form" onSubmit={send}>
      <TextField className="field" value={text} onChange={setText} maxLength={LONGEST}>
        <Label className="visually-hidden">{t("chat.message")}</Label>
        <TextArea
          className="input"
          rows={1}
          placeholder={t("chat.message")}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) void send(event);
          }}
        />
      </TextField>
      <IconButton type="submit" variant="soft" label={t("chat.send")} icon={<SendHorizontal />} />
    </Form>
  );
}
