import fc from "fast-check";
import { expect, test } from "vitest";
import { erasedBy, type Line, linesOf, mergeLines, passagesOf } from "./transcript";

function line(id: string, startedAt: number, changes: Partial<Line> = {}): Line {
  return { id, identity: "camille", name: "Camille", voice: null, voiceName: null, startedAt, text: id, hidden: false, ...changes };
}

const lines = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.nat(100_000)).map(([id, at]) => line(`u${id}`, at)));

test("merging keeps each id once, in the order of speech", () => {
  fc.assert(
    fc.property(lines, lines, (history, live) => {
      const merged = mergeLines(history, live);
      const ids = merged.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(new Set(ids)).toEqual(new Set([...history, ...live].map(({ id }) => id)));
      expect(merged.map(({ startedAt }) => startedAt)).toEqual([...merged.map((l) => l.startedAt)].sort((a, b) => a - b));
    }),
  );
});

test("merging twice changes nothing", () => {
  fc.assert(
    fc.property(lines, lines, (history, live) => {
      const merged = mergeLines(history, live);
      expect(mergeLines(merged, live.filter(({ id }) => merged.some((kept) => kept.id === id)))).toEqual(merged);
    }),
  );
});

test("the history's version of a line wins over the live one", () => {
  const merged = mergeLines([line("a", 10, { voice: "S1" })], [line("a", 10)]);
  expect(merged).toEqual([line("a", 10, { voice: "S1" })]);
});

test("consecutive lines of a speaker share a passage; another voice or a long silence starts a new one", () => {
  const passages = passagesOf([
    line("a", 0),
    line("b", 4_000),
    line("c", 5_000, { identity: "ali", name: "Ali" }),
    line("d", 6_000, { identity: "ali", name: "Ali", voice: "S2" }),
    line("e", 100_000, { identity: "ali", name: "Ali", voice: "S2" }),
  ]);
  expect(passages.map((passage) => passage.lines.map(({ id }) => id))).toEqual([["a", "b"], ["c"], ["d"], ["e"]]);
});

test("a segment without words is no line", () => {
  const segment = { id: "x", text: "  ", startTime: 0, endTime: 1, final: true, language: "fr" };
  const received = { ...segment, firstReceivedTime: 0, lastReceivedTime: 0 };
  expect(linesOf([received], { identity: "camille", name: "Camille" })).toEqual([]);
});

test("a line that comes again without its text is taken back", () => {
  const segment = { startTime: 0, endTime: 1, final: true, language: "fr", firstReceivedTime: 0, lastReceivedTime: 0 };
  expect(erasedBy([{ ...segment, id: "a", text: "" }, { ...segment, id: "b", text: "mot" }])).toEqual(new Set(["a"]));
});
