import type { Participant } from "livekit-client";
import { Ban, Crown, EllipsisVertical, MicOff, ShieldCheck, User, UserMinus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Role } from "../../api/rooms";
import { Dropdown } from "../../design/Dropdown";
import { IconButton } from "../../design/IconButton";
import { mayDirect, mayGive } from "../state/attributes";
import { useCall } from "../state/CallContext";
import { isHeard, useObservable, usePerson, useRoomState } from "../state/hooks";
import { keyOf } from "../state/scene";
import { useTileActions } from "../stage/useTileActions";
import { useMute, useRole } from "../state/useHosting";
import { RemoveDialog } from "./RemoveDialog";

const ROLES: [Role, ReactNode][] = [
  ["owner", <Crown key="owner" aria-hidden="true" />],
  ["administrator", <ShieldCheck key="administrator" aria-hidden="true" />],
  ["member", <User key="member" aria-hidden="true" />],
];

/** What one may do about somebody else in the meeting. */
export function PersonMenu({ participant }: { participant: Participant }) {
  const { t } = useTranslation();
  const { room, toasts, view } = useCall();
  const mine = usePerson(room.localParticipant).role;
  const { role: theirs } = usePerson(participant);
  const { settings, spotlight } = useRoomState();
  const mute = useMute();
  const change = useRole(participant.identity);
  const [removing, setRemoving] = useState<"remove" | "ban">();
  const name = participant.name || participant.identity;
  const mutes = (mayDirect(mine) || settings.muting === "everyone") && isHeard(participant);
  const roles = theirs === "guest" ? [] : ROLES.filter(([role]) => role !== theirs && mayGive(mine, theirs, role));
  const removes = mayGive(mine, theirs, undefined);
  const onStage = useTileActions(participant, "person", {
    isPinned: useObservable(view.pinned) === keyOf("person", participant.identity),
    isSpotlit: spotlight === participant.identity,
  });
  if (participant.isLocal) return null;
  const failed = { onError: () => toasts.show({ kind: "refused" }) };
  function act(key: string) {
    const shown = onStage.find(({ id }) => id === key);
    if (shown) shown.act();
    else if (key === "mute") mute.mutate({ identity: participant.identity }, failed);
    else if (key === "remove" || key === "ban") setRemoving(key);
    else change.mutate(key as Role, failed);
  }
  return (
    <>
      <MenuTrigger>
        <IconButton label={t("people.actions", { name })} icon={<EllipsisVertical />} />
        <Dropdown placement="bottom end">
          <Menu aria-label={t("people.actions", { name })} onAction={(key) => act(String(key))}>
            {onStage.map(({ id, label, icon }) => (
              <MenuItem key={id} id={id} className="item">
                {icon}
                {label}
              </MenuItem>
            ))}
            {mutes && (
              <MenuItem id="mute" className="item">
                <MicOff aria-hidden="true" />
                {t("people.mute")}
              </MenuItem>
            )}
            {roles.map(([role, icon]) => (
              <MenuItem key={role} id={role} className="item">
                {icon}
                {t(`people.make.${role}`)}
              </MenuItem>
            ))}
            {removes && (
              <MenuItem id="remove" className="item destructive">
                <UserMinus aria-hidden="true" />
                {t("people.remove")}
              </MenuItem>
            )}
            {removes && theirs !== "owner" && (
              <MenuItem id="ban" className="item destructive">
                <Ban aria-hidden="true" />
                {t("people.ban")}
              </MenuItem>
            )}
          </Menu>
        </Dropdown>
      </MenuTrigger>
      {removing && (
        <RemoveDialog
          name={name}
          identity={participant.identity}
          ban={removing === "ban"}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </>
  );
}
