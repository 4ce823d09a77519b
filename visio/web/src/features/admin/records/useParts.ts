import { useState } from "react";
import type { Part } from "../../../api/records";

const ROWS = 50;

/** Which part of a list is shown, and how one got there. */
export interface Parts {
  part: Part;
  /** How many rows come before. */
  skipped: number;
  /** Another search or order leads to the first part. */
  change: (change: Partial<Pick<Part, "search" | "sort" | "order" | "entity">>) => void;
  forward: (after: string) => void;
  back: () => void;
}

export function useParts(first: Pick<Part, "search" | "sort" | "order" | "entity">): Parts {
  const [asked, setAsked] = useState(first);
  const [cursors, setCursors] = useState<string[]>([]);
  return {
    part: { ...asked, after: cursors.at(-1) ?? "", limit: ROWS },
    skipped: cursors.length * ROWS,
    change: (change) => {
      setAsked((before) => ({ ...before, ...change }));
      setCursors([]);
    },
    forward: (after) => setCursors((before) => [...before, after]),
    back: () => setCursors((before) => before.slice(0, -1)),
  };
}
