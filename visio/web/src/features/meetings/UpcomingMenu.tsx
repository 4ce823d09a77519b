import { CalendarArrowDown, CalendarClock, CalendarX2, EllipsisVertical, ListChecks, Pencil } from "lucide-react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Upcoming } from "../../api/scheduled";
import { Dropdown } from "../../design/Dropdown";
import { IconButton } from "../../design/IconButton";

export type UpcomingAction = "show" | "edit" | "move" | "cancel" | "download";

interface Props {
  meeting: Upcoming;
  onChoose: (action: UpcomingAction) => void;
}

export function UpcomingMenu({ meeting: { title, repeats, may_change }, onChoose }: Props) {
  const { t } = useTranslation();
  const label = t("schedule.actions", { title });
  return (
    <MenuTrigger>
      <IconButton label={label} icon={<EllipsisVertical />} />
      <Dropdown placement="bottom end">
        <Menu aria-label={label} onAction={(key) => onChoose(key as UpcomingAction)}>
          <MenuItem id="show" className="item">
            <ListChecks aria-hidden="true" />
            {t("schedule.show")}
          </MenuItem>
          <MenuItem id="download" className="item">
            <CalendarArrowDown aria-hidden="true" />
            {t("schedule.download")}
          </MenuItem>
          {may_change && (
            <MenuItem id="edit" className="item">
              <Pencil aria-hidden="true" />
              {t(repeats ? "schedule.editSeries" : "schedule.edit")}
            </MenuItem>
          )}
          {may_change && repeats && (
            <MenuItem id="move" className="item">
              <CalendarClock aria-hidden="true" />
              {t("schedule.moveThis")}
            </MenuItem>
          )}
          {may_change && (
            <MenuItem id="cancel" className="item destructive">
              <CalendarX2 aria-hidden="true" />
              {t("schedule.cancel")}
            </MenuItem>
          )}
        </Menu>
      </Dropdown>
    </MenuTrigger>
  );
}
