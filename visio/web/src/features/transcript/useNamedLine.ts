import { useEffect, useRef } from "react";

/** Goes to the passage with the line that the address names behind "#", as a search and the minutes link to it: once so many lines are there that it is among them. */
export function useNamedLine(count: number) {
  const reached = useRef("");
  useEffect(() => {
    if (reached.current !== window.location.hash && goThere()) reached.current = window.location.hash;
  }, [count]);
  useEffect(() => {
    window.addEventListener("hashchange", goThere);
    return () => window.removeEventListener("hashchange", goThere);
  }, []);
}

function goThere(): boolean {
  const line = decodeURIComponent(window.location.hash.slice(1));
  const passage = document.querySelector<HTMLElement>(`[data-lines~="${CSS.escape(line)}"]`);
  passage?.focus({ preventScroll: true });
  passage?.scrollIntoView({ block: "center" });
  return passage !== null;
}
