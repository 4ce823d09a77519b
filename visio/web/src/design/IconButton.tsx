import type { ReactNode } from "react";
import { Button as AriaButton, type ButtonProps, TooltipTrigger } from "react-aria-components";
import { Tooltip } from "./Tooltip";
import "./Button.css";

interface Props extends Omit<ButtonProps, "children"> {
  label: string;
  icon: ReactNode;
  /** Shown in the tooltip beside the label. */
  shortcut?: string;
  variant?: "quiet" | "secondary" | "soft";
}

/** A button whose only content is an icon: named for assistive technology, explained by a tooltip. */
export function IconButton({ label, icon, shortcut, variant = "quiet", className, ...props }: Props) {
  const extra = typeof className === "string" ? className : "";
  return (
    <TooltipTrigger delay={400} closeDelay={80}>
      <AriaButton {...props} aria-label={label} className={`button icon-only ${variant} ${extra}`}>
        {icon}
      </AriaButton>
      <Tooltip label={label} shortcut={shortcut} />
    </TooltipTrigger>
  );
}
