import { FilePen, Sparkles } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Meeting } from "../../api/meetings";
import { type MinutesState, useAskForMinutes } from "../../api/minutes";
import { useAccount } from "../../api/session";
import { Button } from "../../design/Button";
import { Confirmation } from "../../design/Confirmation";
import { Notice } from "../../design/Notice";
import { ProblemNotice } from "../../design/ProblemNotice";

interface Props {
  meeting: Meeting;
  state: MinutesState;
  onEdit: () => void;
}

/** What hosts can do about minutes; where that is nothing, why. */
export function NewMinutes({ meeting, state, onEdit }: Props) {
  const { t } = useTranslation();
  const ask = useAskForMinutes(meeting.id);
  const [sure, setSure] = useState(false);
  if (!state.may_change) return state.minutes ? null : <p className="soft">{t("minutes.none")}</p>;
  const again = state.minutes !== null;
  return (
    <>
      {!state.available && <Unavailable />}
      {!sure && <ProblemNotice error={ask.error} />}
      <div className="transcript-actions">
        {again && (
          <Button onPress={onEdit}>
            <FilePen aria-hidden="true" />
            {t("minutes.edit")}
          </Button>
        )}
        {state.available && (
          <Button
            variant={again ? "secondary" : "primary"}
            isDisabled={!meeting.final}
            isBusy={ask.isPending}
            onPress={() => (again ? setSure(true) : ask.mutate())}
          >
            <Sparkles aria-hidden="true" />
            {t(again ? "minutes.again" : "minutes.ask")}
          </Button>
        )}
      </div>
      {sure && (
        <Confirmation
          title={t("minutes.againTitle")}
          text={t(state.edited ? "minutes.againEdited" : "minutes.againText")}
          action={t("minutes.again")}
          error={ask.error}
          isBusy={ask.isPending}
          onConfirm={() => ask.mutate(undefined, { onSuccess: () => setSure(false) })}
          onClose={() => setSure(false)}
        />
      )}
    </>
  );
}

function Unavailable() {
  const { t } = useTranslation();
  const account = useAccount();
  return (
    <Notice title={t("minutes.unavailable")}>
      <p>{t(account?.administrator ? "minutes.configure" : "minutes.askAdministrator")}</p>
    </Notice>
  );
}
