import { expect, test } from "vitest";
import { ACTS, actOf, detailsOf, wordOf } from "./acts";

test("details are shown flat, whatever their shape", () => {
  expect(detailsOf('{"days":90,"fields":["access","locked"],"rows":{"consent":3,"more":{"x":null}},"words":false}')).toEqual([
    ["days", "90"],
    ["fields", "access, locked"],
    ["rows consent", "3"],
    ["rows more x", "null"],
    ["words", "false"],
  ]);
});

test("acts are called as the server calls them", () => {
  expect(actOf("account_link_made")).toBe("account.link_made");
  expect(ACTS.map((word) => wordOf(actOf(word)))).toEqual([...ACTS]);
  expect(wordOf("room.sold")).toBeUndefined();
});
