import { ConnectionError, ConnectionErrorReason, DisconnectReason } from "livekit-client";
import { Problem } from "../../api/request";

/** Why a join failed, as a problem with a sentence in the locale files. */
export function joinProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof ConnectionError)) return new Problem("unknown", 0);
  if (error.reason === ConnectionErrorReason.LeaveRequest) return new Problem(endingOf(error.context), 0);
  // What remains of InternalError is the media path: signalling worked, no candidate pair did.
  return new Problem(CODES[error.reason as ConnectionErrorReason] ?? "unknown", 0);
}

/** How a meeting ended for us, as a key of the `endings` in the locale files. */
export function endingOf(reason: DisconnectReason | undefined): string {
  return ENDINGS[reason ?? DisconnectReason.UNKNOWN_REASON] ?? "connection_lost";
}

const CODES: Partial<Record<ConnectionErrorReason, string>> = {
  [ConnectionErrorReason.NotAllowed]: "not_admitted",
  [ConnectionErrorReason.ServerUnreachable]: "unreachable",
  [ConnectionErrorReason.WebSocket]: "unreachable",
  [ConnectionErrorReason.ServiceNotFound]: "unreachable",
  [ConnectionErrorReason.InternalError]: "media_blocked",
  [ConnectionErrorReason.Timeout]: "media_blocked",
  [ConnectionErrorReason.Cancelled]: "cancelled",
};

const ENDINGS: Partial<Record<DisconnectReason, string>> = {
  [DisconnectReason.CLIENT_INITIATED]: "left",
  [DisconnectReason.DUPLICATE_IDENTITY]: "elsewhere",
  [DisconnectReason.SERVER_SHUTDOWN]: "server_stopped",
  [DisconnectReason.PARTICIPANT_REMOVED]: "removed",
  [DisconnectReason.ROOM_DELETED]: "room_closed",
  [DisconnectReason.ROOM_CLOSED]: "room_closed",
};
