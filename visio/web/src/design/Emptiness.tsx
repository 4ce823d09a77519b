import type { ReactNode } from "react";
import "./Emptiness.css";

interface Props {
  icon: ReactNode;
  title: string;
  text: string;
  /** The level of its heading: 1 when it is all the page has. */
  level?: 1 | 2 | 3;
  children?: ReactNode;
}

/** Where there is nothing: what would be here, and what to do now. */
export function Emptiness({ icon, title, text, level = 3, children }: Props) {
  const Heading = `h${level}` as const;
  return (
    <div className={level === 1 ? "emptiness whole" : "emptiness"}>
      <span className="emptiness-icon" aria-hidden="true">
        {icon}
      </span>
      <Heading>{title}</Heading>
      <p className="soft">{text}</p>
      {children && <div className="emptiness-actions">{children}</div>}
    </div>
  );
}
