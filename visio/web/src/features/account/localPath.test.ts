import { expect, test } from "vitest";
import { localPath } from "./localPath";

test.each(["/", "/abc-defg-hij", "/meetings/2b1c", "/account"])("%s is ours", (path) => {
  expect(localPath(path)).toBe(path);
});

test.each([
  null,
  "",
  "//evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/%2f/evil.example",
  "/%5cevil.example",
  "https://evil.example",
  "javascript:alert(1)",
  "/\t/evil.example",
  "/\n/evil.example",
  " //evil.example",
  "/。。/evil.example",
  "/@evil.example",
  "/x?next=//evil.example",
])("%j leads home", (next) => {
  expect(localPath(next)).toBe("/");
});
