import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Action, ACTIONS, comboOf, isReserved, takenBy } from "../bar/bindings";
import { bind, resetBindings, shortcutText, useBindings } from "../bar/shortcuts";
import { Button } from "../../design/Button";
import "./settings.css";

type Outcome = { kind: "bound" | "reserved"; combo: string } | { kind: "taken"; combo: string; by: Action } | { kind: "none" | "reset" };

/** Every shortcut, each to be replaced by pressing other keys. */
export function ShortcutList() {
  const { t } = useTranslation();
  const bindings = useBindings();
  const [recorded, record] = useState<Action>();
  const [outcome, setOutcome] = useState<Outcome>();
  useRecording(recorded, (combo) => {
    record(undefined);
    if (recorded === undefined || combo === undefined) return;
    const by = takenBy(bindings, recorded, combo);
    if (by) return setOutcome({ kind: "taken", combo, by });
    if (isReserved(combo)) return setOutcome({ kind: "reserved", combo });
    bind(recorded, combo);
    setOutcome(combo === "" ? { kind: "none" } : { kind: "bound", combo });
  });
  const name = (action: Action) => t(`shortcuts.${action}`);
  return (
    <>
      <p className="soft">{t("shortcuts.how")}</p>
      <p role="status" className={outcome?.kind === "taken" || outcome?.kind === "reserved" ? "shortcut-refused" : "small"}>
        {outcome && t(`shortcuts.outcomes.${outcome.kind}`, wordsOf(outcome, name))}
      </p>
      <dl className="shortcuts">
        {ACTIONS.map((action) => {
          const keys = bindings[action] === "" ? t("shortcuts.without") : shortcutText(bindings[action]);
          return (
            <div key={action}>
              <dt>{name(action)}</dt>
              <dd>
                <Button
                  size="small"
                  aria-label={recorded === action ? t("shortcuts.press") : t("shortcuts.change", { name: name(action), keys })}
                  onPress={() => record(action)}
                >
                  {recorded === action ? t("shortcuts.press") : keys}
                </Button>
              </dd>
            </div>
          );
        })}
        {(["talk", "tab", "escape"] as const).map((fixed) => (
          <div key={fixed}>
            <dt>{t(`shortcuts.${fixed}`)}</dt>
            <dd>
              <kbd>{t(`shortcuts.${fixed}Key`)}</kbd>
            </dd>
          </div>
        ))}
      </dl>
      <Button
        size="small"
        onPress={() => {
          resetBindings();
          setOutcome({ kind: "reset" });
        }}
      >
        {t("shortcuts.reset")}
      </Button>
    </>
  );
}

function wordsOf(outcome: Outcome, name: (action: Action) => string): Record<string, string> {
  return {
    keys: "combo" in outcome ? shortcutText(outcome.combo) : "",
    name: "by" in outcome ? name(outcome.by) : "",
  };
}

/** Hears the next keys before anything else does; Escape and Tab give up, Delete takes the shortcut away. */
function useRecording(recorded: Action | undefined, onKeys: (combo: string | undefined) => void): void {
  useEffect(() => {
    if (!recorded) return;
    function handleKey(event: KeyboardEvent) {
      event.stopImmediatePropagation();
      if (event.key === "Tab") return onKeys(undefined);
      event.preventDefault();
      const erases = event.key === "Delete" || event.key === "Backspace";
      const combo = erases ? "" : comboOf(event);
      if (combo !== undefined || event.key === "Escape") onKeys(combo);
    }
    window.addEventListener("keydown", handleKey, true);
    return () => window.removeEventListener("keydown", handleKey, true);
  });
}
