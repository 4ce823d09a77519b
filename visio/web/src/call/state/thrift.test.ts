import fc from "fast-check";
import { expect, test } from "vitest";
import { Thrift, type Use, USES } from "./thrift";

/** A second a time: what is used after so many bad ("-") or good ("+") seconds. */
function after(...spells: [string, number][]): Use {
  const thrift = new Thrift();
  let now = 0;
  for (const [kind, seconds] of spells) {
    for (let second = 0; second < seconds; second++) thrift.note(kind === "-", (now += 1000));
  }
  return thrift.use;
}

test.each<[Use, [string, number][]]>([
  ["full", [["+", 600]]],
  ["full", [["-", 5], ["+", 1], ["-", 5]]],
  ["saving", [["-", 8]]],
  ["saving", [["-", 8], ["+", 15], ["-", 3]]],
  ["audio", [["-", 30]]],
  ["audio", [["-", 600]]],
  ["full", [["-", 8], ["+", 22]]],
  ["saving", [["-", 30], ["+", 22]]],
  ["full", [["-", 30], ["+", 50]]],
])("%s after %j", (use, spells) => {
  expect(after(...spells)).toBe(use);
});

test("who relapses waits longer for the next step up, until all went well for a while", () => {
  const relapse: [string, number][] = [["-", 8], ["+", 22], ["-", 8]];
  expect(after(...relapse, ["+", 22])).toBe("saving");
  expect(after(...relapse, ["+", 42])).toBe("full");
  expect(after(...relapse, ["+", 120], ["-", 8], ["+", 22])).toBe("full");
});

test("whatever the network does, it goes one step at a time and rests between two", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (seconds) => {
      const thrift = new Thrift();
      let [use, changed] = [thrift.use as Use, 0];
      for (const [index, isBad] of seconds.entries()) {
        const next = thrift.note(isBad, index * 1000);
        if (next === use) continue;
        expect(Math.abs(USES.indexOf(next) - USES.indexOf(use))).toBe(1);
        expect(index - changed).toBeGreaterThanOrEqual(6);
        [use, changed] = [next, index];
      }
    }),
  );
});
