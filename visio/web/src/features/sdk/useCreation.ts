import { useEffect, useRef, useState } from "react";
import { useConfig } from "../../api/config";
import { useMadeRoom } from "../../api/sdk";
import { linkTo } from "../rooms/slug";
import { type FromWindow, hear, tell, tellEmbedder } from "./messages";

/** `first` is a room there was before. */
export interface Creation {
  slug: string | undefined;
  /** Made here, by whoever looks at it. */
  own: boolean;
  state: "idle" | "open" | "blocked";
  start: () => void;
  clear: () => void;
}

/**
 * A window that makes a room, and what comes of it: from the window while it can talk to us, else
 * (after a sign-in at another site) from the server, by the id that it had told before.
 */
export function useCreation(first: string | undefined): Creation {
  const origins = useConfig()?.embedders ?? [];
  const [slug, setSlug] = useState(first);
  const [own, setOwn] = useState(false);
  const [state, setState] = useState<Creation["state"]>("idle");
  const [callback, setCallback] = useState<string>();
  const opened = useRef<Window | null>(null);
  const collected = useMadeRoom(callback);

  function made(name: string) {
    setSlug(name);
    setOwn(true);
    setState("idle");
    setCallback(undefined);
    const url = linkTo(name);
    tellEmbedder({ type: "ROOM_CREATED", data: { room: { slug: name, url }, url } }, origins);
  }

  useEffect(() => {
    if (state !== "open") return;
    return hear<FromWindow>(
      () => opened.current,
      (message) => {
        if (message.type === "ROOM_DATA") return made(message.slug);
        setCallback(message.callback);
        if (opened.current) tell(opened.current, { type: "ACCEPTED" });
      },
    );
  });

  useEffect(() => {
    if (collected && state === "open") made(collected.slug);
  });

  return {
    slug,
    own,
    state,
    start: () => {
      opened.current = window.open(`${location.origin}/sdk/create-popup`, "visio-create", WINDOW);
      setState(opened.current ? "open" : "blocked");
    },
    clear: () => {
      opened.current?.close();
      setSlug(undefined);
      setOwn(false);
      setState("idle");
      setCallback(undefined);
      tellEmbedder({ type: "STATE_CLEAR", data: {} }, origins);
    },
  };
}

export const WINDOW = "popup,width=600,height=800,left=100,top=100";
