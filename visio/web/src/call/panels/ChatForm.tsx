import { LockKeyhole, Paperclip, SendHorizontal } from "lucide-react";
import type { FormEvent, KeyboardEvent } from "react";
import { FileTrigger, Form, Label, TextArea, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import { Select } from "../../design/Select";
import { mayWrite } from "../state/attributes";
import { useCall } from "../state/CallContext";
import { useObservable, usePeople, usePerson, useRoomState } from "../state/hooks";
import "../../design/Field.css";

/** A message is a few sentences; longer texts belong in a document. */
const LONGEST = 4_000;
/** Stands in the list of people for all of them. */
const EVERYONE = "everyone";

/** Where one writes, with who will read it; what is typed stays while the panel is closed. */
export function ChatForm() {
  const { t } = useTranslation();
  const { room, chat } = useCall();
  const { settings } = useRoomState();
  const { role } = usePerson(room.localParticipant);
  const { text, to } = useObservable(chat.draft);
  function send(event: FormEvent | KeyboardEvent) {
    event.preventDefault();
    chat.draft.set({ text: "", to });
    void chat.send({ text, to });
  }
  if (!mayWrite(settings, role)) {
    return <p className="chat-closed">{t(settings.chat === "hosts" ? "chat.closed.hosts" : "chat.closed.nobody")}</p>;
  }
  const label = to ? t("chat.privateMessage", { name: to.name }) : t("chat.message");
  return (
    <Form className={`chat-form ${to ? "private" : ""}`} onSubmit={send}>
      <p className="small soft">
        <span>{to ? t("chat.readByOne", { name: to.name }) : t("chat.readByAll")}</span>{" "}
        <span>{t(settings.chat_kept ? "chat.kept" : "chat.erased")}</span>
      </p>
      <Recipient />
      <div className="chat-entry">
        <TextField className="field" value={text} onChange={(text) => chat.draft.set({ text, to })} maxLength={LONGEST}>
          <Label className="visually-hidden">{label}</Label>
          <TextArea
            className="input"
            id="chat-message"
            rows={1}
            placeholder={label}
            onKeyDown={(event) => {
              if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) send(event);
            }}
          />
        </TextField>
        <FileTrigger
          allowsMultiple
          onSelect={(chosen) => {
            for (const file of chosen ?? []) void chat.give(file, to);
          }}
        >
          <IconButton label={t("chat.attach")} icon={<Paperclip />} />
        </FileTrigger>
        <IconButton type="submit" variant="soft" label={t("chat.send")} icon={<SendHorizontal />} />
      </div>
    </Form>
  );
}

/** To everybody or to one. Who has left stays chosen: a private message never becomes one to all by itself. */
function Recipient() {
  const { t } = useTranslation();
  const { chat } = useCall();
  const { text, to } = useObservable(chat.draft);
  const others = usePeople().filter((person) => !person.isLocal);
  const options = others.map(({ identity, name }) => ({ id: identity, name: name || identity }));
  if (to && !options.some(({ id }) => id === to.identity)) {
    options.unshift({ id: to.identity, name: t("chat.gone", { name: to.name }) });
  }
  if (options.length === 0) return null;
  function choose(id: string) {
    const chosen = others.find(({ identity }) => identity === id);
    if (id === EVERYONE) chat.draft.set({ text, to: null });
    else if (chosen) chat.draft.set({ text, to: { identity: id, name: chosen.name || id } });
  }
  return (
    <Select
      label={t("chat.to")}
      hideLabel
      icon={to && <LockKeyhole aria-hidden="true" />}
      value={to?.identity ?? EVERYONE}
      options={[{ id: EVERYONE, name: t("chat.everyone") }, ...options]}
      onChange={choose}
    />
  );
}
