import { ProgressBar } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Meeting } from "../../api/meetings";
import { type MinutesState, useCancelMinutes } from "../../api/minutes";
import { Button } from "../../design/Button";
import { ProblemNotice } from "../../design/ProblemNotice";

/** How much of the minutes is written, and the way to stop that. */
export function MinutesProgress({ meeting, state }: { meeting: Meeting; state: MinutesState }) {
  const { t } = useTranslation();
  const cancel = useCancelMinutes(meeting.id);
  const { done, total } = state;
  const said = state.state === "waiting" ? t("minutes.waiting") : t("minutes.writing", { done, total });
  return (
    <div className="card minutes-progress">
      <p role="status">{said}</p>
      <ProgressBar
        aria-label={t("minutes.progress")}
        className="minutes-bar"
        value={done}
        maxValue={Math.max(total, 1)}
        valueLabel={said}
      >
        {({ percentage }) => <div style={{ width: `${Math.max(percentage ?? 0, 3)}%` }} />}
      </ProgressBar>
      <ProblemNotice error={cancel.error} />
      {state.may_change && (
        <Button isBusy={cancel.isPending} onPress={() => cancel.mutate()}>
          {t("minutes.cancel")}
        </Button>
      )}
    </div>
  );
}
