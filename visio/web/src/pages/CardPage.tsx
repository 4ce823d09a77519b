import type { ReactNode } from "react";
import { PageFrame } from "./PageFrame";

interface Props {
  title: string;
  lead?: string;
  /** For the window, where it says something else than the page's heading. */
  documentTitle?: string;
  children?: ReactNode;
}

/** A page with one thing to do. */
export function CardPage({ title, lead, documentTitle = title, children }: Props) {
  return (
    <PageFrame title={documentTitle}>
      <section className="card centred-card">
        <h1>{title}</h1>
        {lead && <p className="soft">{lead}</p>}
        {children}
      </section>
    </PageFrame>
  );
}
