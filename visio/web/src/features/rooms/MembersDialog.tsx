import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import {
  type Member,
  useBans,
  useChangeMember,
  useForgive,
  useMembers,
  useRemoveMember,
} from "../../api/members";
import type { Role, RoomSummary } from "../../api/rooms";
import { Avatar } from "../../design/Avatar";
import { Button } from "../../design/Button";
import { IconButton } from "../../design/IconButton";
import { Loading } from "../../design/Loading";
import { Modal } from "../../design/Modal";
import { ProblemNotice } from "../../design/ProblemNotice";
import { Select } from "../../design/Select";
import { AddMember } from "./AddMember";
import "./MembersDialog.css";

const ROLES: Role[] = ["owner", "administrator", "member"];

/** Who has a role in a room, and who is kept out of it. */
export function MembersDialog({ room, onClose }: { room: RoomSummary; onClose: () => void }) {
  const { t } = useTranslation();
  const members = useMembers(room.slug);
  const change = useChangeMember(room.slug);
  const remove = useRemoveMember(room.slug);
  return (
    <Modal title={t("members.of", { title: room.title })} isOpen onClose={onClose}>
      <ProblemNotice error={members.error ?? change.error ?? remove.error} />
      {members.data ? (
        <ul className="member-list">
          {members.data.map((member) => (
            <MemberRow
              key={member.id}
              member={member}
              onChange={(role) => change.mutate({ id: member.id, role })}
              onRemove={() => remove.mutate(member.id)}
            />
          ))}
        </ul>
      ) : (
        !members.error && <Loading />
      )}
      <AddMember slug={room.slug} />
      <Bans slug={room.slug} />
    </Modal>
  );
}

interface RowProps {
  member: Member;
  onChange: (role: Role) => void;
  onRemove: () => void;
}

function MemberRow({ member: { name, email, role }, onChange, onRemove }: RowProps) {
  const { t } = useTranslation();
  return (
    <li>
      <Avatar name={name} />
      <div className="who">
        <p className="truncate">{name}</p>
        <p className="small soft truncate">{email}</p>
      </div>
      <Select
        label={t("members.roleOf", { name })}
        hideLabel
        value={role}
        options={ROLES.map((one) => ({ id: one, name: t(`members.roles.${one}`) }))}
        onChange={(chosen) => onChange(chosen as Role)}
      />
      <IconButton label={t("members.remove", { name })} icon={<X />} onPress={onRemove} />
    </li>
  );
}

function Bans({ slug }: { slug: string }) {
  const { t } = useTranslation();
  const bans = useBans(slug);
  const forgive = useForgive(slug);
  if (!bans.data?.length) return null;
  return (
    <section aria-labelledby="bans">
      <h3 id="bans">{t("members.banned")}</h3>
      <ProblemNotice error={forgive.error} />
      <ul className="member-list">
        {bans.data.map(({ id, name, kind }) => (
          <li key={id}>
            <Avatar name={name} />
            <div className="who">
              <p className="truncate">{name}</p>
              <p className="small soft">{t(`lobby.kind.${kind}`)}</p>
            </div>
            <Button size="small" onPress={() => forgive.mutate(id)} aria-label={t("members.forgiveNamed", { name })}>
              {t("members.forgive")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
