import { startTransition, useEffect, useState } from "react";

/** How many lines of a long list to render: what fits on a screen at once, then more of it between other tasks. */
export function useGradually(count: number): number {
  const [shown, setShown] = useState(FIRST);
  useEffect(() => {
    if (shown < count) startTransition(() => setShown(shown + MORE));
  }, [shown, count]);
  return shown;
}

const FIRST = 20;
/** More keeps a plain laptop busy for longer at a time. */
const MORE = 10;
