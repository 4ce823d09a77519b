import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ACTIONS, bindingsOf, comboOf, DEFAULTS, isReserved, takenBy, written } from "./bindings";

const event = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };

test.each([
  [{ key: "d", ctrlKey: true }, "mod+d"],
  [{ key: "D", metaKey: true }, "mod+d"],
  [{ key: "H", ctrlKey: true, shiftKey: true }, "mod+shift+h"],
  [{ key: "m", altKey: true }, "alt+m"],
  [{ key: "F8" }, "f8"],
  [{ key: "d" }, undefined],
  [{ key: " ", ctrlKey: true }, undefined],
  [{ key: "Control", ctrlKey: true }, undefined],
  [{ key: "@", ctrlKey: true, altKey: true }, undefined],
  [{ key: "d", ctrlKey: true, metaKey: true }, undefined],
  [{ key: "Tab", altKey: true }, undefined],
])("%j is %j", (keys, combo) => {
  expect(comboOf({ ...event, ...keys })).toBe(combo);
});

test("no two actions have the same keys, nor keys of the browser", () => {
  for (const action of ACTIONS) {
    expect(takenBy(DEFAULTS, action, DEFAULTS[action])).toBeUndefined();
    expect(isReserved(DEFAULTS[action])).toBe(false);
  }
});

test("keys that are taken are known, and none are free", () => {
  expect(takenBy(DEFAULTS, "camera", "mod+d")).toBe("microphone");
  expect(takenBy(DEFAULTS, "microphone", "mod+d")).toBeUndefined();
  expect(takenBy(DEFAULTS, "chat", "")).toBeUndefined();
});

test("what was chosen is read", () => {
  const chosen = { ...DEFAULTS, microphone: "f8", chat: "alt+c", hand: "" };
  expect(bindingsOf(JSON.stringify(chosen))).toEqual(chosen);
});

test.each([
  undefined,
  "",
  "null",
  "[]",
  "not json",
  '{"microphone": 3, "camera": "d", "hand": "mod+w", "emperor": "mod+k"}',
  '{"microphone": "mod+k", "camera": "mod+k"}',
])("the kept %j leaves all as it was", (stored) => {
  expect(bindingsOf(stored)).toEqual(DEFAULTS);
});

test("whatever was kept, no keys do two things", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...ACTIONS), fc.constantFrom("", "mod+d", "mod+e", "f9", "x", "mod+t")), (read) => {
      const bindings = bindingsOf(JSON.stringify(read));
      for (const action of ACTIONS) expect(takenBy(bindings, action, bindings[action])).toBeUndefined();
    }),
  );
});

test.each([
  ["mod+shift+h", false, "Ctrl + ⇧ + H"],
  ["mod+shift+h", true, "⌘ ⇧ H"],
  ["alt+m", true, "⌥ M"],
])("%j is written %j", (combo, apple, text) => {
  expect(written(combo, apple)).toBe(text);
});
