import { useCall } from "../state/CallContext";
import { useObservable } from "../state/hooks";
import { REACTIONS } from "./reactions";
import "./reactions.css";

/** The newest reaction of somebody, on their tile. */
export function ReactionMark({ identity }: { identity: string }) {
  const newest = useObservable(useCall().reactions.shown).findLast((shown) => shown.identity === identity);
  if (!newest) return null;
  return (
    <span key={newest.id} className="reaction-mark" aria-hidden="true">
      {REACTIONS[newest.reaction]}
    </span>
  );
}
