import { pause, type Wait } from "../../api/lobby";
import { Problem } from "../../api/request";

/**
 * Asks again for as long as the server lets no meeting begin because it is about to stop, and until the next one
 * answers; rejects with the signal's reason when the person stops waiting.
 */
export async function outlast<Answer>(
  ask: () => Promise<Answer>,
  onWait: (wait: Wait) => void,
  signal: AbortSignal,
): Promise<Answer> {
  for (let restarting = false; ; ) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      restarting ||= error instanceof Problem && error.code === "draining";
      if (!restarting || !isPassing(error)) throw error;
    }
    onWait({ state: "restarting", message: "" });
    // Spread, so that not all come at once to the next server.
    await pause(AGAIN * (0.5 + Math.random()), signal);
  }
}

/** Whether it may be what a server between its end and its start, or a proxy before it, answers. */
function isPassing(error: unknown): boolean {
  return error instanceof Problem && (error.status === 0 || error.status >= 500);
}

// Milliseconds; more keeps people waiting who could enter.
const AGAIN = 4_000;
