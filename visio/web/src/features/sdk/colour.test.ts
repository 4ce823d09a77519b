import { expect, test } from "vitest";
import { colourOf } from "./colour";

test.each([
  ["ff0000", "#ff0000"],
  ["#f00", "#f00"],
  [" #ff000080 ", "#ff000080"],
  ["white", "white"],
  ["red;background:url(x)", "transparent"],
  ["ff000", "transparent"],
  ["", "transparent"],
  [null, "transparent"],
])("a background of %j is %j", (asked, colour) => expect(colourOf(asked)).toBe(colour));
