import { useTranslation } from "react-i18next";
import type { AnyRoom } from "../../../api/records";
import { Checkbox } from "../../../design/Checkbox";
import type { Column } from "../../../design/DataTable";
import { formatMoment } from "../../../design/format";
import { AccessTag } from "../../rooms/access";
import { type RoomAction, RoomActionMenu } from "./RoomActions";
import type { Selection } from "./useSelection";

/** What is shown of each room; its title chooses it. */
export function useRoomColumns(
  selection: Selection,
  onAct: (action: RoomAction, room: AnyRoom) => void,
): Column<AnyRoom>[] {
  const { t, i18n } = useTranslation();
  return [
    {
      id: "title",
      title: t("records.rooms.room"),
      sort: "title",
      show: (room) => (
        <>
          <Checkbox
            label={room.title}
            hint={room.slug}
            isSelected={selection.has(room)}
            onChange={(chosen) => selection.set([room], chosen)}
          />
          <span className="narrow-only small soft">{ownersOf(room)}</span>
          {room.live > 0 && <span className="tag live">{t("rooms.live", { count: room.live })}</span>}
        </>
      ),
    },
    { id: "access", title: t("records.rooms.access"), minor: true, show: ({ access }) => <AccessTag access={access} /> },
    { id: "owner", title: t("records.rooms.owner"), minor: true, show: (room) => <span className="room-owners">{ownersOf(room)}</span> },
    { id: "members", title: t("records.rooms.members"), minor: true, show: ({ members }) => members },
    {
      id: "last_meeting",
      title: t("records.rooms.lastMeeting"),
      sort: "last_meeting",
      minor: true,
      show: ({ last_meeting }) =>
        last_meeting === null ? t("records.rooms.never") : formatMoment(last_meeting, i18n.language),
    },
    {
      id: "actions",
      title: t("admin.live.actions"),
      show: (room) => <RoomActionMenu room={room} onChoose={(action) => onAct(action, room)} />,
    },
  ];
}

function ownersOf({ owners }: AnyRoom): string {
  return owners.map(({ name }) => name).join(", ");
}
