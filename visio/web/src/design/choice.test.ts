import { expect, test, vi } from "vitest";
import { Choice } from "./choice";

test("without a choice it is the first value, and a browser that keeps nothing does no harm", () => {
  const choice = new Choice("visio.test", ["small", "large"]);
  expect(choice.get()).toBe("small");
  const heard = vi.fn();
  const stop = choice.subscribe(heard);
  choice.choose("large");
  expect([choice.get(), heard.mock.calls.length]).toEqual(["large", 1]);
  stop();
  choice.choose("small");
  expect(heard).toHaveBeenCalledTimes(1);
});

test.each([
  ["large", "large"],
  ["huge", "small"],
])("of the kept %j it makes %j", (stored, value) => {
  vi.stubGlobal("localStorage", { getItem: () => stored });
  expect(new Choice("visio.test", ["small", "large"]).get()).toBe(value);
  vi.unstubAllGlobals();
});
