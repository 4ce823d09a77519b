import { Pencil, PencilOff, Search, Share2, X } from "lucide-react";
import { useMemo, useState } from "react";
import { Button as AriaButton, Input, Label, SearchField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Meeting, Utterance } from "../../api/meetings";
import { useRest } from "../../api/transcripts";
import { lineOf, passagesOf } from "../../call/state/transcript";
import { Button } from "../../design/Button";
import { formatDay, formatDuration, formatTime } from "../../design/format";
import { Notice } from "../../design/Notice";
import { ProblemNotice } from "../../design/ProblemNotice";
import { Attendance } from "../meetings/Attendance";
import { MeetingChat } from "../chat/MeetingChat";
import { MeetingMinutes } from "../minutes/MeetingMinutes";
import { EditableLines } from "./EditableLines";
import { ExportButtons } from "./ExportButtons";
import { PassageText, runsOf } from "./PassageText";
import { matches } from "./search";
import { ShareDialog } from "./ShareDialog";
import { useNamedLine } from "./useNamedLine";
import { Withdrawal } from "./Withdrawal";
import "../../design/Field.css";
import "./MeetingTranscript.css";

export function MeetingTranscript({ meeting }: { meeting: Meeting }) {
  const { t, i18n } = useTranslation();
  const rest = useRest(meeting);
  const utterances = useMemo(() => [...meeting.utterances, ...(rest.data ?? [])], [meeting.utterances, rest.data]);
  const { started_at, ended_at, pending, final, partial } = meeting;
  useNamedLine(utterances.length);
  return (
    <article className="transcript-page">
      <header className="transcript-head">
        <div>
          <h1>{meeting.title}</h1>
          <p className="soft">
            {formatDay(started_at, i18n.language)} · {formatTime(started_at, i18n.language)} ·{" "}
            {ended_at === null ? t("meetings.running") : formatDuration(ended_at - started_at, t)}
          </p>
        </div>
      </header>
      <Attendance meeting={meeting} />
      {!partial && <MeetingMinutes meeting={meeting} utterances={utterances} />}
      <div className="section-head">
        <h2>{t("meetings.transcript")}</h2>
      </div>
      <Withdrawal meeting={meeting} />
      {partial && <Notice title={t("transcript.partial.title")}>{t("transcript.partial.text")}</Notice>}
      {!final && utterances.length + pending > 0 && (
        <Notice title={t("meetings.pending")}>{t("meetings.pendingText", { count: pending })}</Notice>
      )}
      <ProblemNotice error={rest.error} />
      <Lines meeting={meeting} utterances={utterances} />
      <MeetingChat meeting={meeting.id} />
    </article>
  );
}

function Lines({ meeting, utterances }: { meeting: Meeting; utterances: Utterance[] }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const [editing, setEditing] = useState(false);
  const [sharing, setSharing] = useState(false);
  const editable = utterances.some((one) => one.may_change);
  return (
    <>
      <div className="transcript-actions">
        {utterances.length > 0 && <ExportButtons meeting={meeting.id} />}
        {meeting.may_share && (
          <Button onPress={() => setSharing(true)}>
            <Share2 aria-hidden="true" />
            {t("transcript.share.open")}
          </Button>
        )}
        {editable && (
          <Button onPress={() => setEditing(!editing)}>
            {editing ? <PencilOff aria-hidden="true" /> : <Pencil aria-hidden="true" />}
            {t(editing ? "transcript.edit.stop" : "transcript.edit.start")}
          </Button>
        )}
      </div>
      {utterances.length > 0 && <SearchLine search={search} onChange={setSearch} />}
      {editing ? (
        <EditableLines meeting={meeting} utterances={utterances} search={search} />
      ) : (
        <Passages utterances={utterances} search={search} />
      )}
      {sharing && <ShareDialog meeting={meeting.id} onClose={() => setSharing(false)} />}
    </>
  );
}

function SearchLine({ search, onChange }: { search: string; onChange: (search: string) => void }) {
  const { t } = useTranslation();
  return (
    <SearchField className="field" value={search} onChange={onChange}>
      <Label>{t("transcript.search")}</Label>
      <div className="search-line">
        <Search aria-hidden="true" />
        <Input className="input" />
        <AriaButton className="button icon-only quiet small" aria-label={t("transcript.clear")}>
          <X aria-hidden="true" />
        </AriaButton>
      </div>
    </SearchField>
  );
}

function Passages({ utterances, search }: { utterances: Utterance[]; search: string }) {
  const { t } = useTranslation();
  const passages = useMemo(() => passagesOf(utterances.map(lineOf)), [utterances]);
  const found = passages.filter((passage) => runsOf(passage).some((text) => matches(text ?? "", search)));
  return (
    <>
      <p className="visually-hidden" role="status">
        {search && t("transcript.found", { count: found.length })}
      </p>
      {found.length === 0 ? (
        <p className="soft">{t(passages.length === 0 ? "transcript.empty" : "transcript.nothing")}</p>
      ) : (
        <ol className="card passages transcript-body">
          {found.map((passage) => (
            <PassageText key={passage.lines[0]?.id} passage={passage} search={search} />
          ))}
        </ol>
      )}
    </>
  );
}
