import { Clock3 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Outcome } from "../../api/outcome";
import type { Ending } from "../../call/state/ending";
import { formatDuration, formatTime } from "../../design/format";

/** How long one was there, and the meeting lasted. */
export function Stay({ ending, outcome }: { ending: Ending; outcome: Outcome | undefined }) {
  const { t } = useTranslation();
  return (
    <div>
      <dt>
        <Clock3 aria-hidden="true" />
        {t("ended.duration")}
      </dt>
      <dd>
        {formatDuration(ending.duration, t)}
        {outcome && <Whole outcome={outcome} ending={ending} />}
      </dd>
    </div>
  );
}

function Whole({ outcome, ending }: { outcome: Outcome; ending: Ending }) {
  const { t, i18n } = useTranslation();
  const { started_at, ended_at } = outcome;
  const from = formatTime(started_at, i18n.language);
  if (ended_at === null) {
    // Its end is written down a moment after all have been sent out.
    if (ending.reason === "room_closed") return null;
    return <p className="small soft">{t(ending.hosts ? "ended.goesOnForHosts" : "ended.goesOn", { from })}</p>;
  }
  const whole = { from, to: formatTime(ended_at, i18n.language), length: formatDuration(ended_at - started_at, t) };
  return <p className="small soft">{t("ended.whole", whole)}</p>;
}
