import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Utterance } from "../../api/meetings";
import type { Action, Minutes, MinutesState, Statement } from "../../api/minutes";
import { formatMoment, formatPosition } from "../../design/format";

interface Props {
  utterances: Utterance[];
  state: MinutesState;
  minutes: Minutes;
}

/** The minutes: each statement with the places in the transcript that it rests on. */
export function MinutesText({ utterances, state, minutes }: Props) {
  const { t, i18n } = useTranslation();
  const { model, written_at, edited } = state;
  return (
    <div className="card minutes-text">
      <Statements title={t("minutes.summary")} none={t("minutes.noSummary")} of={minutes.summary} utterances={utterances} />
      <Statements title={t("minutes.decisions")} none={t("minutes.noDecisions")} of={minutes.decisions} utterances={utterances} />
      <Statements title={t("minutes.actions")} none={t("minutes.noActions")} of={minutes.actions} utterances={utterances}>
        {(action: Action) => <WhoAndWhen action={action} />}
      </Statements>
      {written_at !== null && (
        <p className="small soft">
          {t(edited ? "minutes.byAndEdited" : "minutes.by", { model, when: formatMoment(written_at, i18n.language) })}
        </p>
      )}
    </div>
  );
}

interface ListProps<Kind extends Statement> {
  title: string;
  none: string;
  of: Kind[];
  utterances: Utterance[];
  children?: (one: Kind) => ReactNode;
}

function Statements<Kind extends Statement>({ title, none, of, utterances, children }: ListProps<Kind>) {
  return (
    <div>
      <h3>{title}</h3>
      {of.length === 0 ? (
        <p className="soft">{none}</p>
      ) : (
        <ul>
          {of.map((one, index) => (
            <li key={index}>
              {one.text} {children?.(one)}
              <Sources ids={one.sources} utterances={utterances} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function WhoAndWhen({ action: { who, when } }: { action: Action }) {
  const said = [who, when].filter(Boolean).join(" · ");
  return said && <strong className="minutes-who">{said}</strong>;
}

/** Plain links within the page: the transcript goes where the address says. */
function Sources({ ids, utterances }: { ids: string[]; utterances: Utterance[] }) {
  const { t } = useTranslation();
  const lines = utterances.filter(({ id }) => ids.includes(id));
  if (lines.length === 0) return <span className="minutes-source soft">{t("minutes.noSource")}</span>;
  return lines.map(({ id, started_at }) => (
    <a key={id} className="minutes-source" href={`#${id}`} aria-label={t("minutes.source", { at: formatPosition(started_at) })}>
      {formatPosition(started_at)}
    </a>
  ));
}
