import { Check } from "lucide-react";
import { Checkbox as AriaCheckbox, type CheckboxProps } from "react-aria-components";
import "./Field.css";

export function Checkbox({ label, hint, ...props }: CheckboxProps & { label: string; hint?: string }) {
  return (
    <AriaCheckbox {...props} className="checkbox">
      <span className="box">
        <Check aria-hidden="true" />
      </span>
      <span className="field">
        <span>{label}</span>
        {hint && <span className="hint">{hint}</span>}
      </span>
    </AriaCheckbox>
  );
}
