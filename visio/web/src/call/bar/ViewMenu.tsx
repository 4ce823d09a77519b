import { LayoutDashboard, LayoutGrid, PanelRight, PanelTop } from "lucide-react";
import { Header, Menu, MenuItem, MenuSection, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Dropdown } from "../../design/Dropdown";
import { IconButton } from "../../design/IconButton";
import { useCall } from "../state/CallContext";
import { useObservable } from "../state/hooks";
import { LAYOUT_CHOICES, type LayoutChoice } from "../state/scene";
import { layoutChoice } from "../state/view";
import "./ViewMenu.css";

const ICONS = { auto: LayoutDashboard, grid: LayoutGrid, speaker: PanelTop, sidebar: PanelRight };

/** How one looks at the meeting. */
export function ViewMenu() {
  const { t } = useTranslation();
  const { view } = useCall();
  const layout = useObservable(layoutChoice);
  const Icon = ICONS[layout];
  return (
    <MenuTrigger>
      <IconButton label={t("stage.view")} icon={<Icon />} />
      <Dropdown className="view-menu" placement="bottom end">
        <Menu aria-label={t("stage.view")}>
          <MenuSection
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[layout]}
            onSelectionChange={(keys) => view.choose([...keys][0] as LayoutChoice)}
          >
            <Header>{t("stage.layout")}</Header>
            {LAYOUT_CHOICES.map((choice) => (
              <LayoutItem key={choice} choice={choice} />
            ))}
          </MenuSection>
        </Menu>
      </Dropdown>
    </MenuTrigger>
  );
}

function LayoutItem({ choice }: { choice: LayoutChoice }) {
  const { t } = useTranslation();
  const name = t(`stage.layouts.${choice}`);
  const Icon = ICONS[choice];
  return (
    <MenuItem id={choice} className="item" textValue={name}>
      <Icon aria-hidden="true" />
      {name}
    </MenuItem>
  );
}
