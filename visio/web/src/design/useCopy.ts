import { useEffect, useState } from "react";

/** How long "copied" is shown: long enough to be read, short enough to copy again. */
const SHOWN = 2_500;

/** Puts a text on the clipboard; the first value is true for a moment afterwards. */
export function useCopy(): [boolean, (text: string | Promise<string>) => Promise<void>] {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN);
    return () => clearTimeout(timer);
  }, [copied]);
  async function copy(text: string | Promise<string>): Promise<void> {
    if (typeof text === "string") await navigator.clipboard.writeText(text);
    // Browsers allow it while the key or the button is still warm: what is fetched first is promised at once.
    else await navigator.clipboard.write([new ClipboardItem({ "text/plain": text.then(plain) })]);
    setCopied(true);
  }
  return [copied, copy];
}

function plain(text: string): Blob {
  return new Blob([text], { type: "text/plain" });
}
