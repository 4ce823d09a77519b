/** Every act of the audit, in the order in which they are offered, as the locale files have it: "." means something else there. */
export const ACTS = [
  "session_opened",
  "session_closed",
  "session_others_closed",
  "account_created",
  "account_linked",
  "account_link_made",
  "account_disabled",
  "account_enabled",
  "account_password_changed",
  "account_password_reset",
  "account_factor_set",
  "account_factor_codes_renewed",
  "account_factor_removed",
  "account_administrator_made",
  "account_administrator_unmade",
  "account_all_signed_out",
  "account_entity_set",
  "people_exported",
  "entity_created",
  "entity_changed",
  "entity_deleted",
  "room_created",
  "room_changed",
  "room_deleted",
  "room_role_given",
  "room_role_taken",
  "room_banned",
  "room_forgiven",
  "scheduled_meeting_created",
  "scheduled_meeting_changed",
  "scheduled_meeting_cancelled",
  "scheduled_meeting_deleted",
  "scheduled_meeting_occurrence_moved",
  "scheduled_meeting_occurrence_cancelled",
  "meeting_admitted",
  "meeting_denied",
  "meeting_muted",
  "meeting_spotlight_set",
  "meeting_spotlight_ended",
  "meeting_removed",
  "meeting_ended",
  "meeting_message_deleted",
  "meeting_deleted",
  "meeting_held",
  "meeting_released",
  "transcription_started",
  "transcription_stopped",
  "transcript_read",
  "transcript_exported",
  "transcript_corrected",
  "transcript_hidden",
  "transcript_revealed",
  "transcript_shared",
  "transcript_unshared",
  "voice_named",
  "voice_unnamed",
  "transcript_searched",
  "minutes_asked",
  "minutes_cancelled",
  "minutes_changed",
  "minutes_read",
  "consent_given",
  "consent_refused",
  "consent_withdrawn",
  "person_shown",
  "person_exported",
  "person_erased",
  "api_called",
  "service_created",
  "service_renamed",
  "key_made",
  "key_renamed",
  "key_revoked",
  "policy_changed",
  "branding_changed",
  "branding_undone",
  "audit_read",
  "audit_exported",
  "audit_verified",
  "audit_purged",
  "keys_rewrapped",
  "backup_made",
  "backup_restored",
  "instance_exported",
  "instance_imported",
  "server_started",
] as const;

export type ActWord = (typeof ACTS)[number];

/** Undefined for an act that this page does not know: the server may be newer. */
export function wordOf(act: string): ActWord | undefined {
  return ACTS.find((word) => actOf(word) === act);
}

/** As the server calls it: first what it is about. */
export function actOf(word: ActWord): string {
  return word.replace(/^(scheduled_meeting|[a-z]+)_/, "$1.");
}

/** What a row's detail says, flat: "days" → "90", "rows.consent" → "3". */
export function detailsOf(detail: string): [string, string][] {
  return flat(JSON.parse(detail) as Record<string, unknown>, "");
}

function flat(tree: Record<string, unknown>, path: string): [string, string][] {
  return Object.entries(tree).flatMap(([name, value]): [string, string][] => {
    if (Array.isArray(value)) return [[path + name, value.join(", ")]];
    if (value !== null && typeof value === "object") return flat(value as Record<string, unknown>, `${path}${name} `);
    return [[path + name, String(value)]];
  });
}
