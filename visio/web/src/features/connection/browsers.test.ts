import { expect, test } from "vitest";
import { type Abilities, browserOf, browserResult } from "./browsers";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const able: Abilities = { connections: true, sockets: true, codecs: ["opus", "VP8"] };

test.each([
  ["Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "Chrome", "140"],
  ["Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge", "140"],
  [FIREFOX, "Firefox", "140"],
  ["Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15", "Safari", "18"],
  ["curl/8", "?", "?"],
])("%s is told", (userAgent, name, version) => {
  expect(browserOf(userAgent)).toEqual({ name, version });
});

test.each<[Partial<Abilities>, string, string]>([
  [{}, "ok", "browserOk"],
  [{ codecs: [] }, "ok", "browserSilent"],
  [{ codecs: ["opus", "H264"] }, "failed", "codecsMissing"],
  [{ connections: false, codecs: [] }, "failed", "browserFailed"],
  [{ sockets: false }, "failed", "browserFailed"],
])("a browser with %j: %s, %s", (lacking, state, said) => {
  expect(browserResult(FIREFOX, { ...able, ...lacking })).toMatchObject({ state, said });
});
