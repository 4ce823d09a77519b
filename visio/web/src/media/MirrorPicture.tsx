import { useEffect, useRef } from "react";
import { useObservable } from "../call/state/useObservable";
import type { Mirror } from "./mirror";

/** One's own camera before the meeting. */
export function MirrorPicture({ mirror }: { mirror: Mirror }) {
  const element = useRef<HTMLVideoElement>(null);
  const shown = useObservable(mirror.shown);
  useEffect(() => {
    if (element.current) element.current.srcObject = new MediaStream([shown]);
  }, [shown]);
  return <video ref={element} className="picture mirrored" muted playsInline autoPlay aria-hidden="true" tabIndex={-1} />;
}
