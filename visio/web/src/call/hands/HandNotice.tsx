import { type Participant, RoomEvent } from "livekit-client";
import { Hand } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../design/Button";
import { mayDirect } from "../state/attributes";
import { useCall } from "../state/CallContext";
import { useObservable, usePerson } from "../state/hooks";
import { useOwnHand } from "./useHands";

/** That one's own hand was lowered, and the way back. */
export function HandNotice() {
  const { t } = useTranslation();
  const lowered = useObservable(useCall().hand.lowered);
  const { toggle } = useOwnHand();
  useHandToasts();
  return (
    <>
      <div role="status">{lowered && <p className="visually-hidden">{t(`hands.lowered.${lowered}`)}</p>}</div>
      {lowered && (
        <div className="banner">
          <Hand aria-hidden="true" />
          <span>{t(`hands.lowered.${lowered}`)}</span>
          <Button size="small" variant="primary" onPress={toggle}>
            {t("hands.again")}
          </Button>
        </div>
      )}
    </>
  );
}

/** Hosts are told who raises a hand. */
function useHandToasts(): void {
  const { room, toasts } = useCall();
  const hosts = mayDirect(usePerson(room.localParticipant).role);
  useEffect(() => {
    if (!hosts) return;
    const tell = (changed: Record<string, string>, person: Participant) => {
      if (changed["visio.hand"] && !person.isLocal) toasts.show({ kind: "hand", name: person.name || person.identity });
    };
    room.on(RoomEvent.ParticipantAttributesChanged, tell);
    return () => {
      room.off(RoomEvent.ParticipantAttributesChanged, tell);
    };
  }, [room, toasts, hosts]);
}
