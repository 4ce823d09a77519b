import { useEffect, useState } from "react";

/** How long "copied" is shown: long enough to be read, short enough to copy again. */
const SHOWN = 2_500;

/** Puts a text on the clipboard; the first value is true for a moment afterwards. */
export function useCopy(): [boolean, (text: string) => Promise<void>] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN);
    return () => clearTimeout(timer);
  }, [copied]);
  async function copy(text: string): Promise<void> {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  }
  return [copied, copy];
}
