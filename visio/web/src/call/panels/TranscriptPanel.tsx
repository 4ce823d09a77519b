import { useTranslation } from "react-i18next";
import { useConfig } from "../../api/config";
import { Notice } from "../../design/Notice";
import { mayDirect } from "../state/attributes";
import { useCall } from "../state/CallContext";
import { useEncrypted, usePerson, useRoomState } from "../state/hooks";
import { HostSwitch } from "./HostSwitch";
import { OwnConsent } from "./OwnConsent";
import { TranscriptLines } from "./TranscriptLines";

/** "Comptes rendus": who may start it, what one answered oneself, and what has been said. */
export function TranscriptPanel() {
  const { room } = useCall();
  const { transcription } = useRoomState();
  const { role } = usePerson(room.localParticipant);
  return (
    <>
      <div className="transcript-settings">
        <WorkerNotice />
        {mayDirect(role) && <HostSwitch />}
        {transcription === "on" && <OwnConsent />}
        {transcription === "on" && <EncryptionNotice />}
      </div>
      <TranscriptLines />
    </>
  );
}

function EncryptionNotice() {
  const { t } = useTranslation();
  const names = useEncrypted();
  if (names.length === 0) return null;
  return (
    <Notice tone="warning" title={t("transcript.encrypted.title")}>
      {t("transcript.encrypted.text", { names: names.join(", ") })}
    </Notice>
  );
}

/** While the recogniser cannot work yet, the interface says so: what is said is kept and written down later. */
function WorkerNotice() {
  const { t } = useTranslation();
  const state = useConfig()?.transcription.state;
  if (state === undefined || state === "ready") return null;
  return (
    <Notice tone={state === "failed" ? "warning" : "info"} title={t(`worker.${state}.title`)}>
      {t(`worker.${state}.text`)}
    </Notice>
  );
}
