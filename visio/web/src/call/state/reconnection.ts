import type { ReconnectContext, ReconnectPolicy } from "livekit-client";

/**
 * Tries again for as long as a token lets us come back. livekit-client's own policy gives up after
 * fifty seconds, and then stops the person's camera.
 */
export class PatientReconnection implements ReconnectPolicy {
  nextRetryDelayInMs({ retryCount, elapsedMs }: ReconnectContext): number | null {
    if (elapsedMs > PATIENCE) return null;
    // Spread, so that those whom one outage threw out do not all come back at once.
    return Math.min(FIRST_WAIT * retryCount ** 2, LONGEST_WAIT) * (0.5 + Math.random() / 2);
  }
}

// Milliseconds. How long the server's tokens last.
const PATIENCE = 60 * 60 * 1000;
const FIRST_WAIT = 300;
// More finds the way back later, less asks a server in trouble more often.
const LONGEST_WAIT = 3000;
