import { expect, test } from "vitest";
import { browserOf, deviceProblem, systemOf } from "./problems";

test.each([
  [new DOMException("Permission denied", "NotAllowedError"), "denied"],
  [new DOMException("Permission denied by system", "NotAllowedError"), "system"],
  [new DOMException("Requested device not found", "NotFoundError"), "missing"],
  [new DOMException("Could not start video source", "NotReadableError"), "busy"],
  [new Error("something else"), "unknown"],
  ["not even an error", "unknown"],
])("a refused device is explained: %s", (error, problem) => {
  expect(deviceProblem(error, true)).toBe(problem);
});

test("an insecure page is named before anything else", () => {
  expect(deviceProblem(new TypeError("undefined"), false)).toBe("insecure");
});

test.each([
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0", "windows"],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605.1", "mac"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari", "ios"],
  ["Mozilla/5.0 (Linux; Android 15) Chrome/156.0 Mobile", "android"],
  ["Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0", "linux"],
])("the advice names the right system: %s", (userAgent, system) => {
  expect(systemOf(userAgent)).toBe(system);
});

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "firefox"],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15", "safari"],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36", "chromium"],
  ["Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0", "chromium"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/156.0 Safari/604.1", "ios"],
])("the advice names the right browser: %s", (userAgent, browser) => {
  expect(browserOf(userAgent)).toBe(browser);
});
