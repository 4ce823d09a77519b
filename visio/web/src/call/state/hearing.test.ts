import { describe, expect, it } from "vitest";
import { Patience } from "./hearing";

const SECOND = 48_000;
const PACKET = 960;

/** The delays after each second, of which each lost so many packets. */
function delays(losses: number[]): number[] {
  const patience = new Patience();
  let made = 0;
  return losses.map((lost, second) => {
    made += lost * PACKET;
    patience.note(made, (second + 1) * SECOND);
    return patience.delay;
  });
}

describe("Patience", () => {
  it("leaves a good network to the browser", () => {
    expect(delays([0, 0, 0])).toEqual([0, 0, 0]);
  });

  it("waits longer after each second with a gap, up to a bound", () => {
    const gaps = delays(Array(100).fill(1));
    expect(gaps.slice(0, 3)).toEqual([80, 160, 240]);
    expect(gaps.at(-1)).toBe(240);
  });

  it("keeps the wait while gaps come now and then, and gives it back slowly after twenty calm seconds", () => {
    const after = delays([2, 2, ...Array(19).fill(0), ...Array(40).fill(0)]);
    expect(after[20]).toBe(160);
    expect(after[21]).toBe(155);
    expect(after.at(-1)).toBe(0);
  });
});
