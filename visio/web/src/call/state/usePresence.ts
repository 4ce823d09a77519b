import { type ComponentType, useEffect, useRef, useState } from "react";
import type { Wait } from "../../api/lobby";
import { Problem } from "../../api/request";
import type { JoinChoice } from "../../features/prejoin/JoinForm";
import type { Taken } from "../../media/usePreview";
import { loadCall } from "../load";
import type { Ending } from "./ending";
import type { CallSession } from "./session";

export type Presence =
  | { state: "out"; error?: unknown; isBack?: boolean }
  | { state: "joining" }
  | { state: "waiting"; wait: Wait }
  | { state: "in"; session: CallSession; Call: ComponentType<{ session: CallSession }> }
  | { state: "ended"; ending: Ending };

interface Actions {
  join: (choice: JoinChoice, take: () => Taken) => void;
  /** Waits no longer to be let in. */
  giveUp: () => void;
  comeBack: () => void;
}

/** Whether we are in the room's meeting, and the ways in and out. */
export function usePresence(slug: string): Presence & Actions {
  const [presence, setPresence] = useState<Presence>({ state: "out" });
  const leave = useRef<() => void>(undefined);
  const attempt = useRef<AbortController>(undefined);
  useEffect(() => () => {
    attempt.current?.abort();
    leave.current?.();
  }, []);

  async function join(choice: JoinChoice, take: () => Taken): Promise<void> {
    const { signal } = (attempt.current = new AbortController());
    setPresence({ state: "joining" });
    const call = await loadCall().catch(() => undefined);
    if (!call) return setPresence({ state: "out", error: new Problem("unreachable", 0) });
    try {
      const session = await call.enter(slug, choice, (wait) => setPresence({ state: "waiting", wait }), signal);
      leave.current = call.whenEnded(session, (ending) => setPresence({ state: "ended", ending }));
      if (signal.aborted) {
        leave.current();
        return setPresence({ state: "out" });
      }
      void call.publish(session, take());
      // As it is there, and not lazily: React would hold what waited behind a fallback back for another 300 ms.
      setPresence({ state: "in", session, Call: call.Call });
    } catch (error) {
      setPresence({ state: "out", error: signal.aborted ? undefined : call.joinProblem(error) });
    }
  }

  return {
    ...presence,
    join: (choice, take) => void join(choice, take),
    giveUp: () => attempt.current?.abort(),
    comeBack: () => setPresence({ state: "out", isBack: true }),
  };
}
