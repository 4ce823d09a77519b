import { expect, test, vi } from "vitest";
import { noMarkup, ownScript, trustOwnScripts } from "./scripts";

test.each(["/assets/loader.js", "https://visio.example.org/assets/loader.js", "blob:https://visio.example.org/1"])(
  "%s is ours",
  (address) => {
    vi.stubGlobal("window", { location: new URL("https://visio.example.org/abc") });
    expect(ownScript(address)).toBe(address);
  },
);

test.each(["https://elsewhere.example/x.js", "//elsewhere.example/x.js", "data:text/javascript,1", "javascript:1"])(
  "%s is not",
  (address) => {
    vi.stubGlobal("window", { location: new URL("https://visio.example.org/abc") });
    expect(() => ownScript(address)).toThrow(TypeError);
  },
);

test("an element may be emptied, not filled", () => {
  expect(noMarkup("")).toBe("");
  expect(() => noMarkup("<p>typed</p>")).toThrow(TypeError);
});

test("a browser that asks for no trust is given no policy", () => {
  expect(() => trustOwnScripts(undefined)).not.toThrow();
});
