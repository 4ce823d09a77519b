import { EllipsisVertical, Pencil, Trash2, Users } from "lucide-react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Dropdown } from "../../design/Dropdown";
import { IconButton } from "../../design/IconButton";

export type RoomAction = "edit" | "members" | "delete";

interface Props {
  title: string;
  mayDelete: boolean;
  onChoose: (action: RoomAction) => void;
}

export function RoomMenu({ title, mayDelete, onChoose }: Props) {
  const { t } = useTranslation();
  const label = t("rooms.actions", { title });
  return (
    <MenuTrigger>
      <IconButton label={label} icon={<EllipsisVertical />} />
      <Dropdown placement="bottom end">
        <Menu aria-label={label} onAction={(key) => onChoose(key as RoomAction)}>
          <MenuItem id="edit" className="item">
            <Pencil aria-hidden="true" />
            {t("rooms.edit")}
          </MenuItem>
          <MenuItem id="members" className="item">
            <Users aria-hidden="true" />
            {t("members.title")}
          </MenuItem>
          {mayDelete && (
            <MenuItem id="delete" className="item destructive">
              <Trash2 aria-hidden="true" />
              {t("rooms.delete")}
            </MenuItem>
          )}
        </Menu>
      </Dropdown>
    </MenuTrigger>
  );
}
