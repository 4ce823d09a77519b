import { Popover, type PopoverProps } from "react-aria-components";
import "./overlay.css";

/** What a menu or a list opens. */
export function Dropdown(props: PopoverProps) {
  const extra = typeof props.className === "string" ? props.className : "";
  return <Popover {...props} className={`popover ${extra}`} />;
}
