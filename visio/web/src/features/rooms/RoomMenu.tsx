import { EllipsisVertical, Pencil, Trash2 } from "lucide-react";
import { Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { IconButton } from "../../design/IconButton";
import "../../design/overlay.css";

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
      <Popover className="popover" placement="bottom end">
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
      </Popover>
    </MenuTrigger>
  );
}
