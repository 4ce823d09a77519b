import type { ReactNode } from "react";
import { Label, Radio, RadioGroup } from "react-aria-components";
import "./Field.css";

export interface Choice<Value extends string> {
  value: Value;
  title: string;
  explanation?: string;
  icon?: ReactNode;
}

interface Props<Value extends string> {
  label: string;
  value: Value;
  choices: Choice<Value>[];
  onChange: (value: Value) => void;
}

/** One of a few choices, each explained on a card. */
export function RadioCards<Value extends string>({ label, value, choices, onChange }: Props<Value>) {
  return (
    <RadioGroup className="field" value={value} onChange={(chosen) => onChange(chosen as Value)}>
      <Label className="label">{label}</Label>
      <div className="radio-cards">
        {choices.map((choice) => (
          <Radio key={choice.value} value={choice.value} className="radio-card">
            {choice.icon}
            <span>
              <strong>{choice.title}</strong>
              {choice.explanation && <span className="explanation">{choice.explanation}</span>}
            </span>
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
