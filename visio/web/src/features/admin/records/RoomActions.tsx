import { Crown, EllipsisVertical, History, Pencil, Trash2 } from "lucide-react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { type AnyRoom, useDeleteAnyRoom } from "../../../api/records";
import { Confirmation } from "../../../design/Confirmation";
import { Dropdown } from "../../../design/Dropdown";
import { IconButton } from "../../../design/IconButton";
import { HandOver } from "./HandOver";
import { RoomSettings } from "./RoomSettings";

export type RoomAction = "settings" | "owner" | "delete";

export function RoomActionMenu({ room, onChoose }: { room: AnyRoom; onChoose: (action: RoomAction) => void }) {
  const { t } = useTranslation();
  const label = t("rooms.actions", { title: room.title });
  return (
    <MenuTrigger>
      <IconButton label={label} icon={<EllipsisVertical />} />
      <Dropdown placement="bottom end">
        <Menu aria-label={label} onAction={(key) => key !== "meetings" && onChoose(key as RoomAction)}>
          <MenuItem id="settings" className="item">
            <Pencil aria-hidden="true" />
            {t("records.rooms.settings")}
          </MenuItem>
          <MenuItem id="owner" className="item">
            <Crown aria-hidden="true" />
            {t("records.rooms.handOver")}
          </MenuItem>
          <MenuItem id="meetings" className="item" href={`/admin/meetings?search=${room.slug}`}>
            <History aria-hidden="true" />
            {t("records.rooms.meetings")}
          </MenuItem>
          <MenuItem id="delete" className="item destructive">
            <Trash2 aria-hidden="true" />
            {t("rooms.delete")}
          </MenuItem>
        </Menu>
      </Dropdown>
    </MenuTrigger>
  );
}

interface Props {
  action: RoomAction;
  room: AnyRoom;
  onClose: () => void;
}

export function RoomActionDialog({ action, room, onClose }: Props) {
  switch (action) {
    case "settings":
      return <RoomSettings room={room} onClose={onClose} />;
    case "owner":
      return <HandOver room={room} onClose={onClose} />;
    case "delete":
      return <DeleteRoom room={room} onClose={onClose} />;
  }
}

function DeleteRoom({ room, onClose }: { room: AnyRoom; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useDeleteAnyRoom(room.id);
  return (
    <Confirmation
      title={t("rooms.deleteTitle", { title: room.title })}
      text={t("records.rooms.deleteText")}
      action={t("rooms.delete")}
      error={remove.error}
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
