import { useTranslation } from "react-i18next";
import { useConfig } from "../../api/config";
import { Button } from "../../design/Button";
import { ProblemNotice } from "../../design/ProblemNotice";
import { useCall } from "../state/CallContext";
import { usePerson } from "../state/hooks";
import { useConsent } from "../state/useConsent";

/** What one answered, and the way to change it at any moment. */
export function OwnConsent() {
  const { t } = useTranslation();
  const { room } = useCall();
  const { consent } = usePerson(room.localParticipant);
  const withdrawal = useConfig()?.withdrawal ?? "keep";
  const answer = useConsent();
  const granted = consent === "granted";
  return (
    <div className="own">
      <span>{t(granted ? "consent.given" : "consent.withheld")}</span>
      <Button size="small" isBusy={answer.isPending} onPress={() => answer.mutate(!granted)}>
        {t(granted ? "consent.withdraw" : "consent.give")}
      </Button>
      {granted && <p className="small">{t(`consent.after.${withdrawal}`)}</p>}
      <ProblemNotice error={answer.error} />
    </div>
  );
}
