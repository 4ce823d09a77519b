import { expect, test } from "vitest";
import { kindOf } from "./miniature";

test.each([
  [{ documentPictureInPicture: {} }, { pictureInPictureEnabled: true }, "window"],
  [{}, { pictureInPictureEnabled: true }, "picture"],
  [{}, { pictureInPictureEnabled: false }, undefined],
  [{}, {}, undefined],
])("of a browser with %o and %o one gets: %s", (browser, page, kind) => {
  expect(kindOf(browser, page)).toBe(kind);
});
