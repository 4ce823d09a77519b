import { describe, expect, it } from "vitest";
import { PatientReconnection } from "./reconnection";

const policy = new PatientReconnection();
const delay = (retryCount: number, elapsedMs: number) => policy.nextRetryDelayInMs({ retryCount, elapsedMs });

describe("PatientReconnection", () => {
  it("tries at once, then often while a server may start again, then every three seconds", () => {
    expect(delay(0, 0)).toBe(0);
    for (const [elapsed, longest] of [[1, 400], [9_999, 400], [10_000, 3000], [600_000, 3000]] as const) {
      for (let retry = 1; retry < 200; retry++) {
        expect(delay(retry, elapsed)).toBeGreaterThanOrEqual(longest / 2);
        expect(delay(retry, elapsed)).toBeLessThanOrEqual(longest);
      }
    }
  });

  it("goes on for an hour, as long as a token lets us come back", () => {
    const minute = 60_000;
    expect(delay(100, 5 * minute)).not.toBeNull();
    expect(delay(1200, 60 * minute)).not.toBeNull();
    expect(delay(1201, 61 * minute)).toBeNull();
  });
});
