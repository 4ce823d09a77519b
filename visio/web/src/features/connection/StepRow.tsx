import { CircleAlert, CircleCheck, CircleDashed, CircleHelp, CircleMinus, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Spinner } from "../../design/Spinner";
import { DeviceNotice } from "../../media/DeviceNotices";
import { wordsOf } from "./report";
import type { Result, Step } from "./steps";

const ICONS = {
  waiting: CircleDashed,
  asked: CircleHelp,
  ok: CircleCheck,
  warning: TriangleAlert,
  failed: CircleAlert,
  skipped: CircleMinus,
};

/** A step, how it went, and what to do where it did not go well; `children` are its controls. */
export function StepRow({ step, result, children }: { step: Step; result: Result; children?: ReactNode }) {
  const { t } = useTranslation();
  const { said, advice } = wordsOf(step, result, t);
  const Icon = result.state === "running" ? undefined : ICONS[result.state];
  return (
    <li id={`step-${step}`} className={`test-step ${result.state}`} data-step={step} data-state={result.state}>
      {Icon ? <Icon aria-hidden="true" /> : <Spinner />}
      <div className="test-step-body">
        <div className="test-step-head">
          <h2>{t(`connectionTest.steps.${step}`)}</h2>
          <span className="test-state">{t(`connectionTest.states.${result.state}`)}</span>
        </div>
        {result.problem ? (
          <DeviceNotice device={step === "camera" ? "camera" : "microphone"} problem={result.problem} />
        ) : (
          said && <p className="soft">{said}</p>
        )}
        {advice && <p>{advice}</p>}
        {children}
      </div>
    </li>
  );
}
