import { Tooltip as AriaTooltip } from "react-aria-components";
import "./overlay.css";

export function Tooltip({ label, shortcut }: { label: string; shortcut?: string }) {
  return (
    <AriaTooltip className="tooltip" offset={8}>
      {label}
      {shortcut && <kbd>{shortcut}</kbd>}
    </AriaTooltip>
  );
}
