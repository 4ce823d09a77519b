import { useMutation } from "@tanstack/react-query";
import { changeRoom, endMeeting, lowerHands, mute, removeParticipant, type Source } from "../../api/hosting";
import type { RoomChange } from "../../api/rooms";
import { useCall } from "./CallContext";

/** Changes the room's settings; what became of it comes back as metadata. */
export function useRoomChange() {
  const { slug, token } = useCall();
  return useMutation({ mutationFn: (change: RoomChange) => changeRoom(slug, token, change) });
}

/** Without an identity: everybody else. */
export function useMute() {
  const { slug, token } = useCall();
  return useMutation({
    mutationFn: ({ identity, source }: { identity?: string; source?: Source }) => mute(slug, token, identity, source),
  });
}

/** Without an identity: all hands. */
export function useLowering() {
  const { slug, token } = useCall();
  return useMutation({ mutationFn: (identity?: string) => lowerHands(slug, token, identity) });
}

export function useRemoval(identity: string) {
  const { slug, token } = useCall();
  return useMutation({ mutationFn: (ban: boolean) => removeParticipant(slug, token, identity, ban) });
}

export function useEnd() {
  const { slug, token } = useCall();
  return useMutation({ mutationFn: () => endMeeting(slug, token) });
}
