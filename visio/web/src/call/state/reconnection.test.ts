import { describe, expect, it } from "vitest";
import { PatientReconnection } from "./reconnection";

const policy = new PatientReconnection();
const delay = (retryCount: number, elapsedMs: number) => policy.nextRetryDelayInMs({ retryCount, elapsedMs });

describe("PatientReconnection", () => {
  it("tries at once, then less and less often, never less than every three seconds", () => {
    expect(delay(0, 0)).toBe(0);
    for (let retry = 1; retry < 1000; retry++) {
      const longest = Math.min(300 * retry ** 2, 3000);
      expect(delay(retry, retry)).toBeGreaterThanOrEqual(longest / 2);
      expect(delay(retry, retry)).toBeLessThanOrEqual(longest);
    }
  });

  it("goes on for an hour, as long as a token lets us come back", () => {
    const minute = 60_000;
    expect(delay(100, 5 * minute)).not.toBeNull();
    expect(delay(1200, 60 * minute)).not.toBeNull();
    expect(delay(1201, 61 * minute)).toBeNull();
  });
});
