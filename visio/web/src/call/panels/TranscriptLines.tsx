import { Captions } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Emptiness } from "../../design/Emptiness";
import { Spinner } from "../../design/Spinner";
import { PassageText } from "../../features/transcript/PassageText";
import { useRoomState } from "../state/hooks";
import { passagesOf } from "../state/transcript";
import { useTranscript } from "../state/useTranscript";
import { ScrollToEnd } from "./ScrollToEnd";

export function TranscriptLines() {
  const { t } = useTranslation();
  const { transcription } = useRoomState();
  const { lines, pending } = useTranscript();
  return (
    <ScrollToEnd count={lines.length} label={t("panels.transcript")}>
      {lines.length === 0 ? (
        <Emptiness
          icon={<Captions />}
          title={t(`transcript.${transcription}.title`)}
          text={t(`transcript.${transcription}.text`)}
        />
      ) : (
        <ol className="passages" aria-live="polite">
          {passagesOf(lines).map((passage) => (
            <PassageText key={passage.lines[0]?.id} passage={passage} />
          ))}
        </ol>
      )}
      {pending > 0 && (
        <p className="working">
          <Spinner />
          {t("transcript.working")}
        </p>
      )}
    </ScrollToEnd>
  );
}
