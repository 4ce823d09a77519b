import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Meeting, Utterance } from "../../api/meetings";
import { formatPosition } from "../../design/format";
import { lineOf } from "../../call/state/transcript";
import { Marked } from "./Marked";
import { PassageDialog } from "./PassageDialog";
import { matches } from "./search";
import { speakerHue, speakerName } from "./speakerName";

interface Props {
  meeting: Meeting;
  utterances: Utterance[];
  search: string;
}

/** Every line by itself, as it was recognised, with a way to change it. */
export function EditableLines({ meeting, utterances, search }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<string>();
  const found = utterances.filter(({ text }) => matches(text, search));
  const chosen = utterances.find(({ id }) => id === open);
  return (
    <>
      <p className="visually-hidden" role="status">
        {search && t("transcript.found", { count: found.length })}
      </p>
      {found.length === 0 && <p className="soft">{t("transcript.nothing")}</p>}
      {found.length > 0 && (
        <ol className="card passages transcript-body">
          {found.map((utterance) => (
            <EditableLine key={utterance.id} utterance={utterance} search={search} onOpen={setOpen} />
          ))}
        </ol>
      )}
      {chosen && <PassageDialog meeting={meeting} utterance={chosen} onClose={() => setOpen(undefined)} />}
    </>
  );
}

interface LineProps {
  utterance: Utterance;
  search: string;
  onOpen: (id: string) => void;
}

function EditableLine({ utterance, search, onOpen }: LineProps) {
  const { t } = useTranslation();
  const { id, version, hidden, text, may_change, started_at } = utterance;
  const line = lineOf(utterance);
  const name = speakerName(line, t);
  const time = formatPosition(started_at);
  return (
    <li className={`passage hue-${speakerHue(line)}`} data-lines={id} tabIndex={-1}>
      <div className="line-head">
        <strong className="truncate">{name}</strong>
        <time>{time}</time>
        {version > 0 && <span className="tag">{t("transcript.edit.corrected")}</span>}
        {hidden && <span className="tag">{t("transcript.hidden")}</span>}
        {may_change && (
          // A plain button: thousands of them are quick.
          <button
            type="button"
            className="button quiet small"
            aria-label={t("transcript.edit.openNamed", { name, time })}
            onClick={() => onOpen(id)}
          >
            {t("transcript.edit.open")}
          </button>
        )}
      </div>
      <p>
        <Marked text={text} search={search} />
      </p>
    </li>
  );
}
