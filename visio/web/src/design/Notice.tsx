import { CircleAlert, CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import "./Notice.css";

const ICONS = { info: Info, success: CircleCheck, warning: TriangleAlert, error: CircleAlert };

interface Props {
  tone?: keyof typeof ICONS;
  title?: string;
  children?: ReactNode;
}

/** What happened, why, and what to do. Errors interrupt a screen reader, the rest waits its turn. */
export function Notice({ tone = "info", title, children }: Props) {
  const Icon = ICONS[tone];
  return (
    <div className={`notice ${tone}`} role={tone === "error" ? "alert" : "status"}>
      <Icon aria-hidden="true" />
      <div className="notice-body">
        {title && <strong>{title}</strong>}
        {children}
      </div>
    </div>
  );
}
