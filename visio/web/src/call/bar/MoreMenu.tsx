import { Captions, Ellipsis, Keyboard, Maximize, MessageSquareText, Settings, Users } from "lucide-react";
import { useMemo, useState } from "react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Dropdown } from "../../design/Dropdown";
import { IconButton } from "../../design/IconButton";
import { useMediaQuery } from "../../design/useMediaQuery";
import type { PanelName } from "../panels/SidePanel";
import { SettingsDialog } from "../settings/SettingsDialog";
import { ShortcutsDialog } from "../settings/ShortcutsDialog";
import { useShortcuts } from "./shortcuts";
import { useMedia } from "./useMedia";

interface Props {
  unread: number;
  onPanel: (name: PanelName) => void;
}

/** What is wanted seldom; on a narrow screen also the panels, for which the bar has no room there. */
export function MoreMenu({ unread, onPanel }: Props) {
  const { t } = useTranslation();
  const narrow = useMediaQuery("(width < 48rem)");
  const [dialog, setDialog] = useState<"settings" | "shortcuts">();
  const { toggleMicrophone, toggleCamera } = useMedia();
  useShortcuts(useMemo(() => ({ d: toggleMicrophone, e: toggleCamera }), [toggleMicrophone, toggleCamera]));
  function act(key: string) {
    if (key === "settings" || key === "shortcuts") setDialog(key);
    else if (key === "fullscreen") void toggleFullscreen();
    else onPanel(key as PanelName);
  }
  return (
    <>
      <MenuTrigger>
        <span className="with-badge">
          <IconButton className="control" label={t("call.more")} icon={<Ellipsis />} />
          {narrow && unread > 0 && (
            <span className="badge" aria-hidden="true">
              {unread}
            </span>
          )}
        </span>
        <Dropdown placement="top">
          <Menu aria-label={t("call.more")} onAction={(key) => act(String(key))}>
            {narrow && (
              <>
                <MenuItem id="chat" className="item">
                  <MessageSquareText aria-hidden="true" />
                  {unread > 0 ? t("panels.chatUnread", { count: unread }) : t("panels.chat")}
                </MenuItem>
                <MenuItem id="people" className="item">
                  <Users aria-hidden="true" />
                  {t("panels.people")}
                </MenuItem>
                <MenuItem id="transcript" className="item">
                  <Captions aria-hidden="true" />
                  {t("panels.transcript")}
                </MenuItem>
              </>
            )}
            <MenuItem id="settings" className="item">
              <Settings aria-hidden="true" />
              {t("settings.title")}
            </MenuItem>
            <MenuItem id="fullscreen" className="item">
              <Maximize aria-hidden="true" />
              {t("call.fullscreen")}
            </MenuItem>
            <MenuItem id="shortcuts" className="item">
              <Keyboard aria-hidden="true" />
              {t("shortcuts.title")}
            </MenuItem>
          </Menu>
        </Dropdown>
      </MenuTrigger>
      {dialog === "settings" && <SettingsDialog onClose={() => setDialog(undefined)} />}
      {dialog === "shortcuts" && <ShortcutsDialog onClose={() => setDialog(undefined)} />}
    </>
  );
}

async function toggleFullscreen(): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await document.documentElement.requestFullscreen();
}
