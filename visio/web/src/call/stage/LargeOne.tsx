import type { Participant } from "livekit-client";
import { useTranslation } from "react-i18next";
import { useCall } from "../state/CallContext";
import { useObservable, useRoomState } from "../state/hooks";
import { keyOf } from "../state/scene";

/** Says who is large by choice, for those who do not see it. */
export function LargeOne({ people }: { people: Map<string, Participant> }) {
  const { t } = useTranslation();
  const pinned = useObservable(useCall().view.pinned);
  const { spotlight } = useRoomState();
  const nameOf = ({ name, identity }: Participant) => name || identity;
  const mine = [...people.values()].find(({ identity }) => keyOf("person", identity) === pinned);
  const everybodys = spotlight === undefined ? undefined : people.get(spotlight);
  return (
    <div role="status" className="visually-hidden">
      {mine && <p>{t("stage.pinnedNow", { name: nameOf(mine) })}</p>}
      {everybodys && <p>{t("stage.spotlitNow", { name: nameOf(everybodys) })}</p>}
    </div>
  );
}
