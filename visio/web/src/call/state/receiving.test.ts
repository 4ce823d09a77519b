import { expect, test } from "vitest";
import { isCommon } from "./receiving";

test.each([
  ["video/VP8", undefined, true],
  ["video/rtx", undefined, true],
  ["video/VP9", "profile-id=0", true],
  ["video/VP9", undefined, true],
  ["video/VP9", "profile-id=2", false],
  ["video/AV1", "level-idx=5;profile=0;tier=0", true],
  ["video/AV1", "level-idx=5;profile=1;tier=0", false],
  ["video/H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", true],
  ["video/H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f", true],
  ["video/H264", "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f", false],
  ["video/H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=f4001f", false],
  ["video/red", undefined, false],
  ["video/ulpfec", undefined, false],
])("a camera may come as %s with %s: %s", (mimeType, sdpFmtpLine, expected) => {
  expect(isCommon({ mimeType, sdpFmtpLine })).toBe(expected);
});
