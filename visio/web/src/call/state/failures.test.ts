import { ConnectionError, DisconnectReason } from "livekit-client";
import { expect, test } from "vitest";
import { Problem } from "../../api/request";
import fr from "../../locales/fr.json";
import { endingOf, joinProblem } from "./failures";

test.each([
  [new Problem("name_required", 422), "name_required"],
  [ConnectionError.notAllowed("no", 401), "not_admitted"],
  [ConnectionError.serverUnreachable("no"), "unreachable"],
  [ConnectionError.websocket("no"), "unreachable"],
  [ConnectionError.internal("could not establish pc connection"), "media_blocked"],
  [ConnectionError.timeout("no"), "media_blocked"],
  [ConnectionError.leaveRequest("no", DisconnectReason.ROOM_DELETED), "room_closed"],
  [new TypeError("no"), "unknown"],
])("a failed join is told apart: %s", (error, code) => {
  expect(joinProblem(error).code).toBe(code);
  expect(fr.problems).toHaveProperty(code);
});

test("every reason of a disconnection has words", () => {
  const reasons = Object.values(DisconnectReason).filter((reason) => typeof reason === "number");
  for (const reason of [undefined, ...reasons]) expect(fr.endings).toHaveProperty(endingOf(reason));
});
