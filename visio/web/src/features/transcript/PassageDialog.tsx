import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Meeting, Utterance } from "../../api/meetings";
import { useCorrection, useHiding, useVoiceName } from "../../api/transcripts";
import { Problem } from "../../api/request";
import { lineOf } from "../../call/state/transcript";
import { Button } from "../../design/Button";
import { formatPosition } from "../../design/format";
import { Modal } from "../../design/Modal";
import { Notice } from "../../design/Notice";
import { ProblemNotice } from "../../design/ProblemNotice";
import { TextArea } from "../../design/TextArea";
import { TextField } from "../../design/TextField";
import { PassageHistory } from "./PassageHistory";
import { speakerName } from "./speakerName";

interface Props {
  meeting: Meeting;
  utterance: Utterance;
  onClose: () => void;
}

/** One line: its text, whose voice it is, whether others see it, and the texts it had. */
export function PassageDialog({ meeting, utterance, onClose }: Props) {
  const { t } = useTranslation();
  const name = speakerName(lineOf(utterance), t);
  return (
    <Modal
      title={t("transcript.edit.title", { name, time: formatPosition(utterance.started_at) })}
      isOpen
      onClose={onClose}
    >
      <TextForm meeting={meeting.id} utterance={utterance} onDone={onClose} />
      {meeting.may_share && utterance.voice && (
        <VoiceForm key={utterance.voice_name} meeting={meeting.id} utterance={utterance} voice={utterance.voice} />
      )}
      <HidingForm meeting={meeting} utterance={utterance} />
      {utterance.version > 0 && <PassageHistory meeting={meeting.id} utterance={utterance} />}
    </Modal>
  );
}

function TextForm({ meeting, utterance, onDone }: { meeting: string; utterance: Utterance; onDone: () => void }) {
  const { t } = useTranslation();
  // The version that was read here: a newer one is somebody else's.
  const [read, setRead] = useState(utterance);
  const [text, setText] = useState(utterance.text);
  const correction = useCorrection(meeting);
  const changed = correction.error instanceof Problem && correction.error.code === "passage_changed";
  function submit(event: FormEvent) {
    event.preventDefault();
    const asked = { utterance: utterance.id, text: text.replace(/\s+/g, " ").trim(), version: read.version };
    correction.mutate(asked, { onSuccess: onDone });
  }
  function readAgain() {
    setRead(utterance);
    correction.reset();
  }
  return (
    <Form className="passage-form" onSubmit={submit}>
      <TextArea label={t("transcript.edit.text")} value={text} onChange={setText} rows={4} isRequired maxLength={10_000} />
      {changed ? (
        <Notice tone="error" title={t("problems.passage_changed.title")}>
          <p>{t("transcript.edit.theirs", { text: utterance.text })}</p>
          <Button size="small" onPress={readAgain} isDisabled={utterance.version === read.version}>
            {t("transcript.edit.overwrite")}
          </Button>
        </Notice>
      ) : (
        <ProblemNotice error={correction.error} />
      )}
      <div className="dialog-actions">
        <Button onPress={onDone}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" isBusy={correction.isPending} isDisabled={changed}>
          {t("common.save")}
        </Button>
      </div>
    </Form>
  );
}

function VoiceForm({ meeting, utterance, voice }: { meeting: string; utterance: Utterance; voice: string }) {
  const { t } = useTranslation();
  const [name, setName] = useState(utterance.voice_name ?? "");
  const naming = useVoiceName(meeting);
  const act = (chosen: string) => naming.mutate({ participant: utterance.participant, voice, name: chosen });
  function submit(event: FormEvent) {
    event.preventDefault();
    act(name.trim());
  }
  return (
    <Form className="passage-form" onSubmit={submit}>
      <TextField
        label={t("transcript.edit.voice")}
        hint={t("transcript.edit.voiceHint", { name: utterance.name })}
        value={name}
        onChange={setName}
        isRequired
        maxLength={100}
      />
      <ProblemNotice error={naming.error} />
      <div className="dialog-actions">
        {utterance.voice_name !== null && (
          <Button isBusy={naming.isPending} onPress={() => act("")}>
            {t("transcript.edit.unname")}
          </Button>
        )}
        <Button type="submit" isBusy={naming.isPending}>
          {t("transcript.edit.name")}
        </Button>
      </div>
    </Form>
  );
}

function HidingForm({ meeting, utterance }: { meeting: Meeting; utterance: Utterance }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState("");
  const hiding = useHiding(meeting.id);
  const act = (why: string | null) => hiding.mutate({ utterance: utterance.id, reason: why });
  if (utterance.hidden === "host" && !meeting.may_share) return <Notice>{t("transcript.edit.byHost")}</Notice>;
  if (utterance.hidden) {
    return (
      <Notice title={t("transcript.edit.isHidden")}>
        {utterance.reason && <p>{utterance.reason}</p>}
        <ProblemNotice error={hiding.error} />
        <Button size="small" isBusy={hiding.isPending} onPress={() => act(null)}>
          {t("transcript.edit.show")}
        </Button>
      </Notice>
    );
  }
  return (
    <div className="passage-form">
      <TextField
        label={t("transcript.edit.reason")}
        hint={t("transcript.edit.reasonHint")}
        value={reason}
        onChange={setReason}
        maxLength={500}
      />
      <ProblemNotice error={hiding.error} />
      <div className="dialog-actions">
        <Button isBusy={hiding.isPending} onPress={() => act(reason.trim())}>
          {t("transcript.edit.hide")}
        </Button>
      </div>
    </div>
  );
}
