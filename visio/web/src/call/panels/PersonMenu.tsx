import type { Participant } from "livekit-client";
import { Ban, Crown, EllipsisVertical, MicOff, ShieldCheck, User, UserMinus } from "lucide-react";
import { memo, type ReactNode, useState } from "react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { mute, setRole } from "../../api/hosting";
import type { Role } from "../../api/rooms";
import { Dropdown } from "../../design/Dropdown";
import { IconButton } from "../../design/IconButton";
import { mayDirect, mayGive } from "../state/attributes";
import { useCall } from "../state/CallContext";
import { isHeard, useObservable, usePerson, useRoomState } from "../state/hooks";
import { keyOf } from "../state/scene";
import { useTileActions } from "../stage/useTileActions";
import { RemoveDialog } from "./RemoveDialog";

const ROLES: [Role, ReactNode][] = [
  ["owner", <Crown key="owner" aria-hidden="true" />],
  ["administrator", <ShieldCheck key="administrator" aria-hidden="true" />],
  ["member", <User key="member" aria-hidden="true" />],
];

type Removal = "remove" | "ban";

/** What one may do about somebody else in the meeting. */
export const PersonMenu = memo(function PersonMenu({ participant, name }: { participant: Participant; name: string }) {
  const { t } = useTranslation();
  const [removing, setRemoving] = useState<Removal>();
  if (participant.isLocal) return null;
  return (
    <>
      <MenuTrigger>
        <IconButton label={t("people.actions", { name })} icon={<EllipsisVertical />} />
        <Dropdown placement="bottom end">
          <Menu aria-label={t("people.actions", { name })}>
            <Choices participant={participant} onRemove={setRemoving} />
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
});

/** Only of an open menu: there may be hundreds of people in the list. */
function Choices({ participant, onRemove }: { participant: Participant; onRemove: (removal: Removal) => void }) {
  const { t } = useTranslation();
  const { room, slug, token, toasts, view } = useCall();
  const { identity } = participant;
  const mine = usePerson(room.localParticipant).role;
  const { role: theirs } = usePerson(participant);
  const { settings, spotlight } = useRoomState();
  const mutes = (mayDirect(mine) || settings.muting === "everyone") && isHeard(participant);
  const roles = theirs === "guest" ? [] : ROLES.filter(([role]) => role !== theirs && mayGive(mine, theirs, role));
  const removes = mayGive(mine, theirs, undefined);
  const onStage = useTileActions(participant, "person", {
    isPinned: useObservable(view.pinned) === keyOf("person", identity),
    isSpotlit: spotlight === identity,
  });
  const perform = (act: Promise<unknown>) => void act.catch(() => toasts.show({ kind: "refused" }));
  return (
    <>
      {onStage.map(({ id, label, icon, act }) => (
        <MenuItem key={id} id={id} className="item" textValue={label} onAction={act}>
          {icon}
          {label}
        </MenuItem>
      ))}
      {mutes && (
        <MenuItem id="mute" className="item" onAction={() => perform(mute(slug, token, identity))}>
          <MicOff aria-hidden="true" />
          {t("people.mute")}
        </MenuItem>
      )}
      {roles.map(([role, icon]) => (
        <MenuItem key={role} id={role} className="item" onAction={() => perform(setRole(slug, token, identity, role))}>
          {icon}
          {t(`people.make.${role}`)}
        </MenuItem>
      ))}
      {removes && (
        <MenuItem id="remove" className="item destructive" onAction={() => onRemove("remove")}>
          <UserMinus aria-hidden="true" />
          {t("people.remove")}
        </MenuItem>
      )}
      {removes && theirs !== "owner" && (
        <MenuItem id="ban" className="item destructive" onAction={() => onRemove("ban")}>
          <Ban aria-hidden="true" />
          {t("people.ban")}
        </MenuItem>
      )}
    </>
  );
}
