import { useTranslation } from "react-i18next";
import { useConfig } from "../../api/config";
import { ProblemNotice } from "../../design/ProblemNotice";
import { Switch } from "../../design/Switch";
import { useRoomState } from "../state/hooks";
import { useTranscriptionSwitch } from "../state/useConsent";

export function HostSwitch() {
  const { t } = useTranslation();
  const { transcription, settings } = useRoomState();
  const change = useTranscriptionSwitch();
  const off = useConfig()?.transcription.state === "off";
  if (settings.transcribing === "nobody") return <p className="soft">{t("transcript.never")}</p>;
  return (
    <>
      <Switch
        label={t("transcript.switch")}
        isSelected={transcription === "on"}
        isDisabled={change.isPending || (off && transcription === "off")}
        onChange={(on) => change.mutate(on)}
      />
      <ProblemNotice error={change.error} />
    </>
  );
}
