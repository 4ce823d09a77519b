import { EllipsisVertical, Pencil, Trash2 } from "lucide-react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Dropdown } from "../../design/Dropdown";
import { IconButton } from "../../design/IconButton";

interface Props {
  title: string;
  mayDelete: boolean;
  onChoose: (action: "edit" | "delete") => void;
}

export function RoomMenu({ title, mayDelete, onChoose }: Props) {
  const { t } = useTranslation();
  const label = t("rooms.actions", { title });
  return (
    <MenuTrigger>
      <IconButton label={label} icon={<EllipsisVertical />} />
      <Dropdown placement="bottom end">
        <Menu aria-label={label} onAction={(key) => onChoose(key === "delete" ? "delete" : "edit")}>
          <MenuItem id="edit" className="item">
            <Pencil aria-hidden="true" />
            {t("rooms.edit")}
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
