import { Switch as AriaSwitch, type SwitchProps } from "react-aria-components";
import "./Field.css";

export function Switch({ label, ...props }: SwitchProps & { label: string }) {
  return (
    <AriaSwitch {...props} className="switch">
      <span>{label}</span>
      <span className="track" />
    </AriaSwitch>
  );
}
