import { expect, test } from "vitest";
import { domainsIn } from "./scopes";

test("domains are told apart however they are written", () => {
  expect(domainsIn(" example.org, @example.com;\nexample.net ")).toEqual(["example.org", "example.com", "example.net"]);
  expect(domainsIn("  ")).toEqual([]);
});
