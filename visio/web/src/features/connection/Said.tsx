import { useTranslation } from "react-i18next";
import { wordsOf } from "./report";
import { type Results, STEPS } from "./steps";

/** What a screen reader is told, politely: each step once it is over, as it ended. */
export function Said({ results }: { results: Results }) {
  const { t } = useTranslation();
  const over = STEPS.filter((step) => !UNDER_WAY.has(results[step].state));
  return (
    <div role="log" aria-live="polite" aria-relevant="additions text" className="visually-hidden">
      {over.map((step) => (
        <p key={step}>
          {[t(`connectionTest.steps.${step}`), t(`connectionTest.states.${results[step].state}`), wordsOf(step, results[step], t).said]
            .filter(Boolean)
            .join(", ")}
        </p>
      ))}
    </div>
  );
}

const UNDER_WAY = new Set(["waiting", "running", "asked"]);
