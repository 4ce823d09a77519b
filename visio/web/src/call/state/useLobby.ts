import { useMutation } from "@tanstack/react-query";
import { RoomEvent } from "livekit-client";
import { useEffect } from "react";
import { admit, deny, readWaiting, tellWaiting, type WaitingList } from "../../api/lobby";
import { mayDirect } from "./attributes";
import { useCall } from "./CallContext";
import { useObservable, usePerson } from "./hooks";

/** Who waits to be let in: nobody, for those who do not decide about it. */
export function useWaiting(): WaitingList {
  const { room, lobby } = useCall();
  const list = useObservable(lobby.list);
  const { role } = usePerson(room.localParticipant);
  return mayDirect(role) ? list : { ...list, waiting: [] };
}

/** Reads the list at the start, and whenever packets that told of it may have been lost. */
export function useLobbyReading(): void {
  const { room, slug, token, lobby } = useCall();
  const hosts = mayDirect(usePerson(room.localParticipant).role);
  useEffect(() => {
    if (!hosts) return;
    // The next change brings the whole list anyway.
    const read = () => void readWaiting(slug, token).then((list) => lobby.note(list), () => undefined);
    read();
    room.on(RoomEvent.Reconnected, read);
    return () => {
      room.off(RoomEvent.Reconnected, read);
    };
  }, [room, slug, token, lobby, hosts]);
}

/** What hosts answer those who wait; without knocks, all of them. */
export function useAnswers() {
  const { slug, token } = useCall();
  return {
    admit: useMutation({ mutationFn: (knocks?: string[]) => admit(slug, token, knocks) }),
    deny: useMutation({
      mutationFn: ({ knocks, ban }: { knocks?: string[]; ban?: boolean }) => deny(slug, token, knocks, ban),
    }),
    tell: useMutation({ mutationFn: (text: string) => tellWaiting(slug, token, text) }),
  };
}
