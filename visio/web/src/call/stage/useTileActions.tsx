import { type Participant, type Room, RoomEvent } from "livekit-client";
import { EyeOff, Maximize, Minimize, Pin, PinOff, Star, StarOff } from "lucide-react";
import { type ReactNode, useCallback, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { setSpotlight } from "../../api/hosting";
import { mayDirect, personOf } from "../state/attributes";
import { useCall } from "../state/CallContext";
import { useObservable } from "../state/hooks";
import { keyOf, type Subject } from "../state/scene";
import { toggleSelf } from "./selfViewFocus";

/** What makes somebody, or what they show, large. */
export interface Marks {
  isPinned: boolean;
  isSpotlit: boolean;
}

export interface TileAction {
  id: string;
  label: string;
  icon: ReactNode;
  act: () => void;
  /** Takes back what was done before: offered on the tile itself, too. */
  undoes?: boolean;
}

/** What one may do about somebody, or what they show, on the stage. */
export function useTileActions(participant: Participant, kind: Subject["kind"], marks: Marks): TileAction[] {
  const { t } = useTranslation();
  const { room, slug, token, toasts, view } = useCall();
  const { isPinned, isSpotlit } = marks;
  const { identity, isLocal } = participant;
  const key = keyOf(kind, identity);
  const isFull = useObservable(view.full) === key;
  const hosts = useMayDirect(room);
  const pin: TileAction = {
    id: "pin",
    label: t(isPinned ? "stage.unpin" : "stage.pin"),
    icon: isPinned ? <PinOff aria-hidden="true" /> : <Pin aria-hidden="true" />,
    act: () => view.togglePin(key),
    undoes: isPinned,
  };
  const spotlight: TileAction = {
    id: "spotlight",
    label: t(isSpotlit ? "stage.unspotlight" : "stage.spotlight"),
    icon: isSpotlit ? <StarOff aria-hidden="true" /> : <Star aria-hidden="true" />,
    act: () =>
      void setSpotlight(slug, token, isSpotlit ? null : identity).catch(() => toasts.show({ kind: "refused" })),
    undoes: isSpotlit,
  };
  const fill: TileAction = {
    id: "fill",
    label: t(isFull ? "stage.unfill" : "stage.fill"),
    icon: isFull ? <Minimize aria-hidden="true" /> : <Maximize aria-hidden="true" />,
    act: () => (isFull ? view.unfill() : view.fill(key)),
    undoes: isFull,
  };
  const hide: TileAction = {
    id: "hide",
    label: t("stage.hideSelf"),
    icon: <EyeOff aria-hidden="true" />,
    act: () => toggleSelf("hidden"),
  };
  if (kind === "share") return isFull ? [fill] : [pin, fill];
  return [pin, ...(hosts ? [spotlight] : []), ...(isLocal ? [hide] : [])];
}

/** Renders again when that changes and not with all that changes of oneself: there is one for each tile. */
function useMayDirect(room: Room): boolean {
  const subscribe = useCallback(
    (again: () => void) => {
      room.on(RoomEvent.ParticipantAttributesChanged, again);
      return () => void room.off(RoomEvent.ParticipantAttributesChanged, again);
    },
    [room],
  );
  return useSyncExternalStore(subscribe, () => mayDirect(personOf(room.localParticipant.attributes).role));
}
