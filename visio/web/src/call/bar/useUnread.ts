import { useEffect, useState } from "react";
import { useCall } from "../state/CallContext";
import { useObservable } from "../state/hooks";

/** How many chat lines of others have arrived since the chat was last on the screen. */
export function useUnread(chatIsOpen: boolean): number {
  const { chat } = useCall();
  const others = useObservable(chat.lines).filter((line) => !line.mine).length;
  const [seen, setSeen] = useState(others);
  useEffect(() => {
    if (chatIsOpen) setSeen(others);
  }, [chatIsOpen, others]);
  return chatIsOpen ? 0 : others - seen;
}
