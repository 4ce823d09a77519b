import { useTranslation } from "react-i18next";
import { useCall } from "../state/CallContext";
import { useObservable } from "../state/hooks";
import { REACTIONS, tally } from "./reactions";
import "./reactions.css";

/** The reactions of the last seconds, over the stage; said together, a few seconds at a time. */
export function Floating() {
  const { t } = useTranslation();
  const { reactions } = useCall();
  const shown = useObservable(reactions.shown);
  const said = useObservable(reactions.said);
  return (
    <>
      <div className="floating" aria-hidden="true">
        {shown.map(({ id, reaction, name }) => (
          <span key={id} style={{ "--lane": (id * 7) % LANES }}>
            <b>{REACTIONS[reaction]}</b>
            <span className="truncate">{name}</span>
          </span>
        ))}
      </div>
      <p role="status" className="visually-hidden">
        <span key={said.turn}>
          {tally(said.reactions)
            .map(([reaction, count]) => t(`reactions.count.${reaction}`, { count }))
            .join(", ")}
        </span>
      </p>
    </>
  );
}

/** Beside one another, so that those of one moment do not hide one another. */
const LANES = 9;
