import {
  EyeOff,
  LayoutDashboard,
  LayoutGrid,
  Maximize,
  Minimize,
  PanelRight,
  PanelTop,
  PictureInPicture2,
} from "lucide-react";
import type { ReactNode } from "react";
import { Header, Menu, MenuItem, MenuSection, MenuTrigger, Separator } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Dropdown } from "../../design/Dropdown";
import { IconButton } from "../../design/IconButton";
import { useCall } from "../state/CallContext";
import { useObservable } from "../state/hooks";
import { pictureOf } from "../state/miniature";
import { LAYOUT_CHOICES, type LayoutChoice } from "../state/scene";
import { layoutChoice, selfView } from "../state/view";
import "./ViewMenu.css";

const ICONS = { auto: LayoutDashboard, grid: LayoutGrid, speaker: PanelTop, sidebar: PanelRight };

/** How one looks at the meeting. */
export function ViewMenu() {
  const { t } = useTranslation();
  const Icon = ICONS[useObservable(layoutChoice)];
  return (
    <MenuTrigger>
      <IconButton label={t("stage.view")} icon={<Icon />} />
      <Dropdown className="view-menu" placement="bottom end">
        <ViewItems />
      </Dropdown>
    </MenuTrigger>
  );
}

function ViewItems() {
  const { t } = useTranslation();
  const { view } = useCall();
  const { kind, toggle, window: opened } = view.miniature;
  const layout = useObservable(layoutChoice);
  const self = useObservable(selfView);
  const isFull = useObservable(view.full) !== undefined;
  const isOpen = useObservable(opened) !== undefined || document.pictureInPictureElement;
  return (
    <Menu aria-label={t("stage.view")}>
      <MenuSection
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[layout]}
        onSelectionChange={(keys) => view.choose([...keys][0] as LayoutChoice)}
      >
        <Header>{t("stage.layout")}</Header>
        {LAYOUT_CHOICES.map((choice) => {
          const Icon = ICONS[choice];
          return item(choice, t(`stage.layouts.${choice}`), <Icon aria-hidden="true" />);
        })}
      </MenuSection>
      <Separator />
      <MenuSection
        selectionMode="multiple"
        selectedKeys={self === "hidden" ? ["self"] : []}
        onSelectionChange={(keys) => selfView.set([...keys].includes("self") ? "hidden" : "shown")}
        aria-label={t("stage.self")}
      >
        {item("self", t("stage.hideSelf"), <EyeOff aria-hidden="true" />)}
      </MenuSection>
      <Separator />
      {kind && (
        <MenuItem
          id="miniature"
          className="item"
          isDisabled={kind === "picture" && !pictureOf(document)}
          onAction={() => void toggle().catch(() => undefined)}
        >
          <PictureInPicture2 aria-hidden="true" />
          {t(isOpen ? "stage.miniatureClose" : "stage.miniature")}
        </MenuItem>
      )}
      <MenuItem id="full" className="item" onAction={() => (isFull ? view.unfill() : view.fill("stage"))}>
        {isFull ? <Minimize aria-hidden="true" /> : <Maximize aria-hidden="true" />}
        {t(isFull ? "stage.unfill" : "stage.fill")}
      </MenuItem>
    </Menu>
  );
}

function item(id: string, name: string, icon: ReactNode) {
  return (
    <MenuItem key={id} id={id} className="item" textValue={name}>
      {icon}
      {name}
    </MenuItem>
  );
}
