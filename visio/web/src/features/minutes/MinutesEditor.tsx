import { Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Meeting } from "../../api/meetings";
import { type Action, type Minutes, type Statement, useEditMinutes } from "../../api/minutes";
import { Button } from "../../design/Button";
import { IconButton } from "../../design/IconButton";
import { ProblemNotice } from "../../design/ProblemNotice";
import { TextArea } from "../../design/TextArea";
import { TextField } from "../../design/TextField";

interface Props {
  meeting: Meeting;
  minutes: Minutes;
  onClose: () => void;
}

/** Corrects the minutes; what is left empty goes. */
export function MinutesEditor({ meeting, minutes, onClose }: Props) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(minutes);
  const save = useEditMinutes(meeting.id);
  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate(filled(draft), { onSuccess: onClose });
  }
  return (
    <Form className="card minutes-editor" onSubmit={submit}>
      {KINDS.map((kind) => (
        <Statements key={kind} kind={kind} of={draft[kind]} onChange={(of) => setDraft({ ...draft, [kind]: of })} />
      ))}
      <ProblemNotice error={save.error} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" isBusy={save.isPending}>
          {t("common.save")}
        </Button>
      </div>
    </Form>
  );
}

interface ListProps {
  kind: keyof Minutes;
  of: (Statement | Action)[];
  onChange: (of: (Statement | Action)[]) => void;
}

function Statements({ kind, of, onChange }: ListProps) {
  const { t } = useTranslation();
  const change = (at: number, fields: Partial<Action>) =>
    onChange(of.map((one, index) => (index === at ? { ...one, ...fields } : one)));
  const fresh = { text: "", sources: [], ...(kind === "actions" && { who: "", when: "" }) };
  return (
    <fieldset>
      <legend>{t(`minutes.${kind}`)}</legend>
      {of.map((one, index) => (
        <div key={index} className="minutes-statement">
          <TextArea
            label={t(`minutes.one.${kind}`, { number: index + 1 })}
            rows={2}
            maxLength={2000}
            value={one.text}
            onChange={(text) => change(index, { text })}
          />
          <IconButton
            label={t(`minutes.remove.${kind}`, { number: index + 1 })}
            icon={<Trash2 />}
            onPress={() => onChange(of.filter((_, other) => other !== index))}
          />
          {"who" in one && (
            <div className="minutes-who-fields">
              <TextField label={t("minutes.who")} maxLength={200} value={one.who} onChange={(who) => change(index, { who })} />
              <TextField label={t("minutes.when")} maxLength={200} value={one.when} onChange={(when) => change(index, { when })} />
            </div>
          )}
        </div>
      ))}
      <Button variant="soft" isDisabled={of.length >= MOST} onPress={() => onChange([...of, fresh])}>
        <Plus aria-hidden="true" />
        {t(`minutes.add.${kind}`)}
      </Button>
    </fieldset>
  );
}

function filled(draft: Minutes): Minutes {
  const { summary, decisions, actions } = draft;
  return { summary: summary.filter(isFilled), decisions: decisions.filter(isFilled), actions: actions.filter(isFilled) };
}

function isFilled({ text }: Statement): boolean {
  return text.trim() !== "";
}

const KINDS = ["summary", "decisions", "actions"] as const;
/** As the server takes them. */
const MOST = 100;
