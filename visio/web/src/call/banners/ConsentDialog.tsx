import { Captions, Lock, Undo2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useConfig } from "../../api/config";
import { Button } from "../../design/Button";
import { Modal } from "../../design/Modal";
import { ProblemNotice } from "../../design/ProblemNotice";
import { mustAnswer } from "../state/attributes";
import { useCall } from "../state/CallContext";
import { usePerson, useRoomState } from "../state/hooks";
import { useConsent } from "../state/useConsent";
import "./banners.css";

/** Asks the person before a word of theirs is written down. Only an answer closes it: silence is not consent. */
export function ConsentDialog() {
  const { t } = useTranslation();
  const { room } = useCall();
  const { transcription } = useRoomState();
  const { consent } = usePerson(room.localParticipant);
  const withdrawal = useConfig()?.withdrawal ?? "keep";
  const answer = useConsent();
  return (
    <Modal title={t("consent.title")} role="alertdialog" isOpen={mustAnswer(transcription, consent)}>
      <p>{t("consent.question")}</p>
      <ul className="consent-points small">
        <li>
          <Captions aria-hidden="true" />
          {t("consent.what")}
        </li>
        <li>
          <Lock aria-hidden="true" />
          {t("consent.audio")}
        </li>
        <li>
          <Undo2 aria-hidden="true" />
          {t("consent.change")} {t(`consent.after.${withdrawal}`)}
        </li>
      </ul>
      <ProblemNotice error={answer.error} />
      {/* Both look the same: refusing must be as easy as accepting. */}
      <div className="dialog-actions">
        <Button variant="soft" isDisabled={answer.isPending} onPress={() => answer.mutate(false)}>
          {t("consent.no")}
        </Button>
        <Button variant="soft" isDisabled={answer.isPending} onPress={() => answer.mutate(true)}>
          {t("consent.yes")}
        </Button>
      </div>
    </Modal>
  );
}
