import { type Participant, RoomEvent } from "livekit-client";
import { useMemo } from "react";
import { personOf } from "../state/attributes";
import { useCall } from "../state/CallContext";
import { usePeople, usePerson, useRoomEvents } from "../state/hooks";
import { queueOf } from "./queue";

/** Those who have raised their hands, the earliest first. */
export function useQueue(): Participant[] {
  useRoomEvents(RoomEvent.ParticipantAttributesChanged);
  return queueOf(usePeople(), ({ attributes }) => personOf(attributes).hand);
}

export function useOwnHand(): { raised: boolean; toggle: () => void } {
  const { room, hand, toasts } = useCall();
  const raised = usePerson(room.localParticipant).hand !== null;
  const toggle = useMemo(
    () => () => void hand.set(!hand.raised).catch(() => toasts.show({ kind: "refused" })),
    [hand, toasts],
  );
  return { raised, toggle };
}
