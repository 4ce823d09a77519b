import { expect, test } from "vitest";
import { type Caption, captioned, nextEnd, remaining } from "./captions";

const ADA = { identity: "ada", name: "Ada" };

function segment(id: string, text: string, final: boolean) {
  return { id, text, final, startTime: 0, endTime: 0, language: "en", firstReceivedTime: 0, lastReceivedTime: 0 };
}

function after(...received: [id: string, text: string, final: boolean][]): Caption[] {
  return received.reduce<Caption[]>(
    (captions, [id, text, final], at) => captioned(captions, [segment(id, text, final)], ADA, at),
    [],
  );
}

test("a draft is replaced by the next and then by what is final", () => {
  expect(after(["a", "we", false], ["a", "we should", false]).map(({ text }) => text)).toEqual(["we should"]);
  expect(after(["a", "we", false], ["a", "We should.", true])).toEqual([
    { id: "a", name: "Ada", text: "We should.", final: true, at: 1 },
  ]);
});

test("a draft that comes late does not replace what is final", () => {
  expect(after(["a", "We should.", true], ["a", "we", false]).map(({ text }) => text)).toEqual(["We should."]);
});

test("a text that is taken back is gone", () => {
  expect(after(["a", "we", false], ["a", "", true])).toEqual([]);
});

test("three are shown, the newest last", () => {
  const four = after(["a", "1", true], ["b", "2", false], ["c", "3", true], ["d", "4", false]);
  expect(four.map(({ id }) => id)).toEqual(["b", "c", "d"]);
});

test("nobody speaks for those who have left", () => {
  expect(captioned([], [segment("a", "we", false)], undefined, 0)).toEqual([]);
});

test("what is final stays as long as it takes to read, a draft until something replaces it", () => {
  const said = after(["a", "x".repeat(50), true]);
  expect(nextEnd(said)).toBe(5000);
  expect(remaining(said, 4999)).toEqual(said);
  expect(remaining(said, 5000)).toEqual([]);
  expect(nextEnd(after(["a", "x", false]))).toBe(20_000);
  expect(nextEnd([])).toBeUndefined();
});
