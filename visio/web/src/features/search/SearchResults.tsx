import { ChevronDown, SearchX } from "lucide-react";
import { Link } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type PassageFound, useSearch } from "../../api/search";
import { Button } from "../../design/Button";
import { Emptiness } from "../../design/Emptiness";
import { formatDay, formatPosition } from "../../design/format";
import { ProblemNotice } from "../../design/ProblemNotice";
import { Skeletons } from "../../design/Skeletons";
import { speakerName } from "../transcript/speakerName";
import { type FoundIn, byMeeting } from "./byMeeting";
import "../transcript/passage.css";
import "./search.css";

/** The passages with these words, under the meetings they were said in. */
export function SearchResults({ words }: { words: string }) {
  const { t } = useTranslation();
  const search = useSearch(words);
  if (search.error && !search.data) return <ProblemNotice error={search.error} />;
  if (!search.data) return <Skeletons count={3} shape="row" />;
  const found = search.data.pages.flatMap((page) => page.passages);
  return (
    <>
      <p className="visually-hidden" role="status">
        {t(search.hasNextPage ? "search.foundMore" : "search.found", { count: found.length })}
      </p>
      {found.length === 0 && (
        <div className="card">
          <Emptiness level={2} icon={<SearchX />} title={t("search.nothing")} text={t("search.nothingText")} />
        </div>
      )}
      {byMeeting(found).map((meeting) => (
        <MeetingFound key={meeting.id} meeting={meeting} />
      ))}
      <ProblemNotice error={search.error} />
      {search.hasNextPage && (
        <Button wide isBusy={search.isFetchingNextPage} onPress={() => void search.fetchNextPage()}>
          <ChevronDown aria-hidden="true" />
          {t("search.more")}
        </Button>
      )}
    </>
  );
}

function MeetingFound({ meeting }: { meeting: FoundIn }) {
  const { i18n } = useTranslation();
  const heading = `found-${meeting.id}`;
  return (
    <section aria-labelledby={heading}>
      <h2 id={heading} className="found-title">
        {meeting.title} <span className="small soft">{formatDay(meeting.startedAt, i18n.language)}</span>
      </h2>
      <ul className="card found-passages">
        {meeting.passages.map((passage) => (
          <Passage key={passage.id} passage={passage} />
        ))}
      </ul>
    </section>
  );
}

function Passage({ passage }: { passage: PassageFound }) {
  const { t } = useTranslation();
  const { name, voice, voice_name: voiceName } = passage;
  return (
    <li>
      <Link className="found-passage" href={`/meetings/${passage.meeting}#${passage.id}`}>
        <span className="line-head">
          <strong className="truncate">{speakerName({ identity: "", name, voice, voiceName }, t)}</strong>
          <time>{formatPosition(passage.started_at)}</time>
        </span>
        <span className="found-text">
          {passage.parts.map(({ text, found }, index) => (found ? <mark key={index}>{text}</mark> : text))}
        </span>
      </Link>
    </li>
  );
}
