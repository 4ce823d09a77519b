import type { Participant } from "livekit-client";
import { EllipsisVertical } from "lucide-react";
import { memo } from "react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Dropdown } from "../../design/Dropdown";
import { IconButton } from "../../design/IconButton";
import type { Subject } from "../state/scene";
import { type Marks, useTileActions } from "./useTileActions";
import "./TileTools.css";

interface Props extends Marks {
  participant: Participant;
  kind: Subject["kind"];
  name: string;
}

/** In the corner of a tile: what was done about it, to be undone, and the menu of what may be done. */
export const TileTools = memo(function TileTools({ participant, kind, name, ...marks }: Props) {
  const { t } = useTranslation();
  const actions = useTileActions(participant, kind, marks);
  const label = t("people.actions", { name });
  return (
    <div className="tile-tools theme-dark">
      {actions
        .filter(({ undoes }) => undoes)
        .map((action) => (
          <IconButton
            key={action.id}
            className="tile-tool done"
            label={`${action.label} (${name})`}
            icon={action.icon}
            onPress={({ target }) => {
              // What is pressed goes: the focus stays on the tile.
              target.parentElement?.querySelector<HTMLElement>("[aria-haspopup]")?.focus();
              action.act();
            }}
          />
        ))}
      <MenuTrigger>
        <IconButton className="tile-tool" label={label} icon={<EllipsisVertical />} />
        <Dropdown placement="bottom end">
          <Menu aria-label={label} onAction={(id) => actions.find((action) => action.id === id)?.act()}>
            {actions.map(({ id, label, icon }) => (
              <MenuItem key={id} id={id} className="item" textValue={label}>
                {icon}
                {label}
              </MenuItem>
            ))}
          </Menu>
        </Dropdown>
      </MenuTrigger>
    </div>
  );
});
