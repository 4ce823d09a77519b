import {
  Captions,
  CaptionsOff,
  Ellipsis,
  Gauge,
  Keyboard,
  MessageSquareText,
  PhoneOff,
  Settings,
  ShieldCheck,
  SmilePlus,
  Sparkles,
  Users,
} from "lucide-react";
import { useMemo, useState } from "react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Dropdown } from "../../design/Dropdown";
import { IconButton } from "../../design/IconButton";
import { useMediaQuery } from "../../design/useMediaQuery";
import type { PanelName } from "../panels/SidePanel";
import { ReactionsDialog } from "../reactions/ReactionsDialog";
import { CallEffects } from "../settings/CallEffects";
import { EndDialog } from "../settings/EndDialog";
import { NetworkDialog } from "../settings/NetworkDialog";
import { RoomSettingsDialog } from "../settings/RoomSettingsDialog";
import { SettingsDialog } from "../settings/SettingsDialog";
import { ShortcutsDialog } from "../settings/ShortcutsDialog";
import { mayDirect } from "../state/attributes";
import { useCall } from "../state/CallContext";
import { chooseCaptions, useCaptionChoice } from "../state/captionChoice";
import { usePerson, useRoomState } from "../state/hooks";
import { useShortcuts } from "./shortcuts";
import { useMedia } from "./useMedia";

const DIALOGS = {
  reactions: ReactionsDialog,
  effects: CallEffects,
  network: NetworkDialog,
  settings: SettingsDialog,
  shortcuts: ShortcutsDialog,
  rules: RoomSettingsDialog,
  end: EndDialog,
};

type DialogName = keyof typeof DIALOGS;

interface Props {
  unread: number;
  onPanel: (name: PanelName) => void;
}

/** What is wanted seldom; on a narrow screen also the panels, for which the bar has no room there. */
export function MoreMenu({ unread, onPanel }: Props) {
  const { t } = useTranslation();
  const narrow = useMediaQuery("(width < 48rem)");
  // But a screen to touch: whoever has a keyboard beside it finds its shortcuts in the settings.
  const touchOnly = useMediaQuery("(any-pointer: coarse) and (any-hover: none)");
  const { room } = useCall();
  const { transcription } = useRoomState();
  const captions = useCaptionChoice();
  const hosts = mayDirect(usePerson(room.localParticipant).role);
  const [dialog, setDialog] = useState<DialogName>();
  const { toggleMicrophone, toggleCamera } = useMedia();
  useShortcuts(
    useMemo(
      () => ({
        microphone: toggleMicrophone,
        camera: toggleCamera,
        chat: () => onPanel("chat"),
        people: () => onPanel("people"),
        transcript: () => onPanel("transcript"),
        captions: () => chooseCaptions(captions === "off" ? "medium" : "off"),
        leave: () => void room.disconnect(),
      }),
      [toggleMicrophone, toggleCamera, onPanel, captions, room],
    ),
  );
  const Open = dialog && DIALOGS[dialog];
  function act(key: string) {
    if (key in DIALOGS) setDialog(key as DialogName);
    else if (key === "captions") chooseCaptions(captions === "off" ? "medium" : "off");
    else onPanel(key as PanelName);
  }
  return (
    <>
      <MenuTrigger>
        <span className="with-badge">
          <IconButton id="more-button" className="control" label={t("call.more")} icon={<Ellipsis />} />
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
                <MenuItem id="reactions" className="item">
                  <SmilePlus aria-hidden="true" />
                  {t("reactions.react")}
                </MenuItem>
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
            {transcription === "on" && (
              <MenuItem id="captions" className="item">
                {captions === "off" ? <Captions aria-hidden="true" /> : <CaptionsOff aria-hidden="true" />}
                {t(captions === "off" ? "captions.show" : "captions.hide")}
              </MenuItem>
            )}
            {hosts && (
              <MenuItem id="rules" className="item">
                <ShieldCheck aria-hidden="true" />
                {t("rules.title")}
              </MenuItem>
            )}
            <MenuItem id="effects" className="item">
              <Sparkles aria-hidden="true" />
              {t("effects.title")}
            </MenuItem>
            <MenuItem id="network" className="item">
              <Gauge aria-hidden="true" />
              {t("bandwidth.title")}
            </MenuItem>
            <MenuItem id="settings" className="item">
              <Settings aria-hidden="true" />
              {t("settings.title")}
            </MenuItem>
            {!touchOnly && (
              <MenuItem id="shortcuts" className="item">
                <Keyboard aria-hidden="true" />
                {t("shortcuts.title")}
              </MenuItem>
            )}
            {hosts && (
              <MenuItem id="end" className="item destructive">
                <PhoneOff aria-hidden="true" />
                {t("call.end")}
              </MenuItem>
            )}
          </Menu>
        </Dropdown>
      </MenuTrigger>
      {Open && <Open onClose={() => setDialog(undefined)} />}
    </>
  );
}
