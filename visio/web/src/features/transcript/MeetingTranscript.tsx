import { Search, X } from "lucide-react";
import { useMemo, useState } from "react";
import { Button, Input, Label, SearchField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Meeting } from "../../api/meetings";
import { lineOf, passagesOf } from "../../call/state/transcript";
import { formatDay, formatDuration, formatTime } from "../../design/format";
import { Notice } from "../../design/Notice";
import { ExportButtons } from "./ExportButtons";
import { PassageText } from "./PassageText";
import { matches } from "./search";
import { People } from "./People";
import "../../design/Button.css";
import "../../design/Field.css";
import "./MeetingTranscript.css";

export function MeetingTranscript({ meeting }: { meeting: Meeting }) {
  const { t, i18n } = useTranslation();
  const [search, setSearch] = useState("");
  const passages = useMemo(() => passagesOf(meeting.utterances.map(lineOf)), [meeting.utterances]);
  const found = passages.filter(({ lines }) => matches(lines.map(({ text }) => text.trim()).join(" "), search));
  const { started_at, ended_at } = meeting;
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
        <ExportButtons meeting={meeting} passages={passages} />
      </header>
      <People people={meeting.participants} />
      {!meeting.final && passages.length + meeting.pending > 0 && (
        <Notice title={t("meetings.pending")}>{t("meetings.pendingText", { count: meeting.pending })}</Notice>
      )}
      {passages.length > 0 && (
        <SearchField className="field" value={search} onChange={setSearch}>
          <Label>{t("transcript.search")}</Label>
          <div className="search-line">
            <Search aria-hidden="true" />
            <Input className="input" />
            <Button className="button icon-only quiet small" aria-label={t("transcript.clear")}>
              <X aria-hidden="true" />
            </Button>
          </div>
        </SearchField>
      )}
      <p className="visually-hidden" role="status">
        {search && t("transcript.found", { count: found.length })}
      </p>
      <Passages found={found} search={search} empty={passages.length === 0} />
    </article>
  );
}

function Passages({ found, search, empty }: { found: ReturnType<typeof passagesOf>; search: string; empty: boolean }) {
  const { t } = useTranslation();
  if (found.length === 0) return <p className="soft">{t(empty ? "transcript.empty" : "transcript.nothing")}</p>;
  return (
    <ol className="card passages transcript-body">
      {found.map((passage) => (
        <PassageText key={passage.lines[0]?.id} passage={passage} search={search} />
      ))}
    </ol>
  );
}
