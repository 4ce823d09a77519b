import { Video } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { RoomSummary } from "../../api/rooms";
import { ButtonLink } from "../../design/Button";
import { AccessTag } from "./access";
import { CopyLink } from "./CopyLink";
import { DeleteRoomDialog } from "./DeleteRoomDialog";
import { MembersDialog } from "./MembersDialog";
import { RoomDialog } from "./RoomDialog";
import { type RoomAction, RoomMenu } from "./RoomMenu";

export function RoomCard({ room }: { room: RoomSummary }) {
  const { t } = useTranslation();
  const [dialog, setDialog] = useState<RoomAction>();
  const close = () => setDialog(undefined);
  return (
    <li className="card room-card">
      <div className="room-card-head">
        <div>
          <h3>{room.title}</h3>
          <p className="small soft truncate">{room.slug}</p>
          <div className="room-card-tags">
            {room.live > 0 && <span className="tag live">{t("rooms.live", { count: room.live })}</span>}
            <AccessTag access={room.access} />
          </div>
        </div>
        {room.role !== null && room.role !== "member" && (
          <RoomMenu title={room.title} mayDelete={room.role === "owner"} onChoose={setDialog} />
        )}
      </div>
      <div className="room-card-actions">
        <ButtonLink href={`/${room.slug}`} variant="soft" aria-label={t("rooms.openNamed", { title: room.title })}>
          <Video aria-hidden="true" />
          {t("rooms.open")}
        </ButtonLink>
        <CopyLink slug={room.slug} title={room.title} />
      </div>
      {dialog === "edit" && <RoomDialog room={room} onClose={close} />}
      {dialog === "members" && <MembersDialog room={room} onClose={close} />}
      {dialog === "delete" && <DeleteRoomDialog room={room} onClose={close} />}
    </li>
  );
}
