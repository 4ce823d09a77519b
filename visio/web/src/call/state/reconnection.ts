import type { ReconnectContext, ReconnectPolicy } from "livekit-client";

/**
 * Tries again for as long as a token lets us come back. livekit-client's own policy gives up after
 * fifty seconds, and then stops the person's camera.
 */
export class PatientReconnection implements ReconnectPolicy {
  nextRetryDelayInMs({ retryCount, elapsedMs }: ReconnectContext): number | null {
    if (elapsedMs > PATIENCE) return null;
    if (retryCount === 0) return 0;
    const longest = elapsedMs < RESTART ? SHORT_WAIT : LONG_WAIT;
    // Spread, so that those whom one outage threw out do not all come back at once.
    return longest * (0.5 + Math.random() / 2);
  }
}

// Milliseconds. How long the server's tokens last.
const PATIENCE = 60 * 60 * 1000;
// A server that died is back within this.
const RESTART = 10_000;
// More finds the way back later, twice: the first answer of a new server is that nothing is left to resume. Less asks
// a server in trouble more often.
const SHORT_WAIT = 400;
const LONG_WAIT = 3000;
