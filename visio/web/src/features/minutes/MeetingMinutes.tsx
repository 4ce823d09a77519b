import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Meeting, Utterance } from "../../api/meetings";
import { isUnderWay, type MinutesState, useMinutes } from "../../api/minutes";
import { useAccount } from "../../api/session";
import { ProblemNotice } from "../../design/ProblemNotice";
import { Skeletons } from "../../design/Skeletons";
import { MinutesEditor } from "./MinutesEditor";
import { MinutesFailure } from "./MinutesFailure";
import { MinutesProgress } from "./MinutesProgress";
import { MinutesText } from "./MinutesText";
import { NewMinutes } from "./NewMinutes";
import "./minutes.css";

interface Props {
  meeting: Meeting;
  /** All that the reader is given of it. */
  utterances: Utterance[];
}

/** What the meeting came to, once it is over; guests do without. */
export function MeetingMinutes({ meeting, utterances }: Props) {
  const { t } = useTranslation();
  const account = useAccount();
  if (!account || meeting.ended_at === null) return null;
  return (
    <section aria-labelledby="minutes" className="minutes">
      <div className="section-head">
        <h2 id="minutes">{t("minutes.title")}</h2>
      </div>
      {utterances.length > 0 ? (
        <Minutes meeting={meeting} utterances={utterances} />
      ) : (
        <p className="soft">{t("problems.nothing_said.advice")}</p>
      )}
    </section>
  );
}

function Minutes({ meeting, utterances }: Props) {
  const minutes = useMinutes(meeting.id);
  if (minutes.data) return <Content meeting={meeting} utterances={utterances} state={minutes.data} />;
  if (minutes.error) return <ProblemNotice error={minutes.error} />;
  return <Skeletons count={1} shape="row" />;
}

function Content({ meeting, utterances, state }: Props & { state: MinutesState }) {
  const [editing, setEditing] = useState(false);
  if (isUnderWay(state)) return <MinutesProgress meeting={meeting} state={state} />;
  if (editing && state.minutes) {
    return <MinutesEditor meeting={meeting} minutes={state.minutes} onClose={() => setEditing(false)} />;
  }
  return (
    <>
      {state.failure && <MinutesFailure failure={state.failure} />}
      {state.minutes && <MinutesText utterances={utterances} state={state} minutes={state.minutes} />}
      <NewMinutes meeting={meeting} state={state} onEdit={() => setEditing(true)} />
    </>
  );
}
