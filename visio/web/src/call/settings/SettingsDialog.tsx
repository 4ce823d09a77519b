import { RoomEvent } from "livekit-client";
import { useTranslation } from "react-i18next";
import { setMicrophone } from "../../api/call";
import { Modal } from "../../design/Modal";
import { RadioCards } from "../../design/RadioCards";
import { Select } from "../../design/Select";
import { Switch } from "../../design/Switch";
import { chooseTheme, useThemeChoice } from "../../design/theme";
import { THEMES } from "../../features/settings/PreferencesMenu";
import { chooseLanguage, type Language, LANGUAGES } from "../../locales";
import { DevicePicker } from "../../media/DevicePicker";
import { MicrophonePeople } from "../../media/MicrophonePeople";
import { useCall } from "../state/CallContext";
import { CAPTION_CHOICES, type CaptionChoice, chooseCaptions, useCaptionChoice } from "../state/captionChoice";
import { usePerson, useRoomEvents } from "../state/hooks";
import { EncryptionDetails } from "./EncryptionDetails";
import "./settings.css";

const KINDS: MediaDeviceKind[] = ["audioinput", "videoinput", "audiooutput"];

/** Everything that a person may set during a meeting, in one dialog. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const { room, slug, token } = useCall();
  const captions = useCaptionChoice();
  const theme = useThemeChoice();
  const { sharedMicrophone, microphonePeople } = usePerson(room.localParticipant);
  useRoomEvents(RoomEvent.ActiveDeviceChanged);
  const kinds = KINDS.filter((kind) => kind !== "audiooutput" || "setSinkId" in HTMLMediaElement.prototype);
  return (
    <Modal title={t("settings.title")} isOpen onClose={onClose}>
      {kinds.map((kind) => (
        <DevicePicker
          key={kind}
          kind={kind}
          showLabel
          used={room.getActiveDevice(kind)}
          onChoose={(id) => void room.switchActiveDevice(kind, id)}
        />
      ))}
      <Switch
        label={t("prejoin.shared")}
        isSelected={sharedMicrophone}
        onChange={(shared) => void setMicrophone(slug, token, shared, null)}
      />
      {sharedMicrophone && (
        <MicrophonePeople
          people={microphonePeople}
          onChange={(people) => void setMicrophone(slug, token, true, people)}
        />
      )}
      <Select
        label={t("captions.title")}
        value={captions}
        options={CAPTION_CHOICES.map((id) => ({ id, name: t(`captions.choices.${id}`) }))}
        onChange={(choice) => chooseCaptions(choice as CaptionChoice)}
      />
      <Select
        label={t("preferences.language")}
        value={i18n.language}
        options={LANGUAGES.map((id) => ({ id, name: t(`languages.${id}`) }))}
        onChange={(language) => void chooseLanguage(language as Language)}
      />
      <RadioCards
        label={t("preferences.theme")}
        value={theme}
        choices={THEMES.map((value) => ({ value, title: t(`themes.${value}`) }))}
        onChange={chooseTheme}
      />
      <EncryptionDetails />
    </Modal>
  );
}
