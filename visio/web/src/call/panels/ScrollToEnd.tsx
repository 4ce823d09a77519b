import { type ReactNode, useLayoutEffect, useRef } from "react";

/** Closer to the end than this counts as reading the end: new lines then scroll in by themselves. */
const NEAR = 80;

/** A list that follows its last line, unless the reader has scrolled up. Scrollable by keyboard. */
export function ScrollToEnd({ count, label, children }: { count: number; label: string; children: ReactNode }) {
  const element = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  useLayoutEffect(() => {
    const list = element.current;
    if (list && following.current) list.scrollTop = list.scrollHeight;
  }, [count]);
  return (
    <div
      ref={element}
      className="panel-scroll"
      role="region"
      aria-label={label}
      tabIndex={0}
      onScroll={({ currentTarget: list }) => {
        following.current = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
      }}
    >
      {children}
    </div>
  );
}
