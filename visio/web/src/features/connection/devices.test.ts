import { expect, test } from "vitest";
import { cameraResult, microphoneResult, modelOf, speakerResult } from "./devices";

test("a meeting can do without a camera, not without a microphone", () => {
  const refused = { state: "failed", problem: "denied" } as const;
  expect(microphoneResult(refused, "listening")).toMatchObject({ state: "failed", problem: "denied" });
  expect(cameraResult(refused)).toMatchObject({ state: "warning", problem: "denied" });
});

test("while the browser asks, the person is told to answer", () => {
  expect(microphoneResult({ state: "starting" }, "listening")).toMatchObject({ state: "running", said: "opening" });
  expect(cameraResult({ state: "starting" })).toMatchObject({ state: "running", said: "opening" });
});

test("only the person knows what the speaker plays", () => {
  expect([undefined, true, false].map((hears) => speakerResult(hears).state)).toEqual(["asked", "ok", "failed"]);
});

test.each([
  ["Casque de Camille (046d:0a38)", "046d:0a38"],
  ["Casque de Camille", ""],
])("of %s only the model is told", (label, model) => {
  expect(modelOf(label)).toBe(model);
});
