"""The URL space of the product, on one page."""

from aiohttp import web

from visio.views import (
    account,
    all_rooms,
    audit,
    backlog,
    branding,
    call,
    captions,
    chat,
    connection_test,
    embedding,
    entities,
    exports,
    external,
    factor,
    hands,
    hosting,
    imports,
    joining,
    links,
    live,
    lobby,
    meetings,
    members,
    metrics,
    minutes,
    oidc,
    openapi,
    outcome,
    page,
    passages,
    past_meetings,
    people,
    person,
    policy,
    retention,
    rooms,
    scheduled,
    search,
    server,
    services,
    sharing,
    withdrawal,
)

__all__ = ["API", "add_routes", "metrics"]

API = "/api/v1"
EXTERNAL = "/external-api/v1.0"


def add_routes(app: web.Application) -> None:
    """Everything but the signalling; the client's pages come last, as they answer any address."""
    room, factor_ = f"{API}/rooms/{{slug}}", f"{API}/session/second-factor"
    later = f"{API}/scheduled-meetings"
    app.add_routes(
        [
            web.get("/healthz", server.healthz),
            web.get("/readyz", server.readyz),
            web.get(f"{API}/config", server.describe),
            web.get(f"{API}/openapi.json", openapi.serve),
            web.post(f"{API}/session", account.sign_in),
            web.get(f"{API}/session", account.who),
            web.delete(f"{API}/session", account.sign_out),
            web.put(f"{API}/session/password", account.change_password),
            web.delete(f"{API}/session/others", account.sign_others_out),
            web.post(factor_, factor.begin),
            web.put(factor_, factor.confirm),
            web.post(f"{factor_}/recovery-codes", factor.renew_codes),
            web.post(f"{factor_}/removal", factor.remove),
            web.post(f"{API}/password-links", links.ask),
            web.post(f"{API}/password-links/show", links.show),
            web.post(f"{API}/password-links/use", links.use),
            *_of_people(),
            *_of_entities(),
            *_of_the_console(),
            *_of_the_records(),
            *_of_programs(),
            web.get("/oidc/start", oidc.start),
            web.get("/oidc/callback", oidc.callback),
            web.post("/oidc/backchannel-logout", oidc.backchannel_logout),
            web.get(f"{API}/rooms", rooms.listed),
            web.post(f"{API}/rooms", rooms.create),
            web.post(f"{API}/room-imports", imports.make),
            web.get(room, rooms.show),
            web.patch(room, rooms.change),
            web.delete(room, rooms.delete),
            web.post(f"{room}/join", joining.join),
            web.get(f"{room}/lobby", lobby.wait),
            web.get(f"{room}/waiting", lobby.waiting),
            web.post(f"{room}/waiting/admit", lobby.admit),
            web.post(f"{room}/waiting/deny", lobby.deny),
            web.put(f"{room}/waiting/message", lobby.say),
            web.post(f"{room}/mute", hosting.mute),
            web.put(f"{room}/spotlight", hosting.set_spotlight),
            web.post(f"{room}/end", hosting.end),
            web.post(f"{room}/participants/{{identity}}/remove", hosting.remove),
            web.put(f"{room}/participants/{{identity}}/role", hosting.set_role),
            web.get(f"{room}/members", members.listed),
            web.post(f"{room}/members", members.add),
            web.put(f"{room}/members/{{account}}", members.change),
            web.delete(f"{room}/members/{{account}}", members.remove),
            web.get(f"{room}/bans", members.banned),
            web.delete(f"{room}/bans/{{ban}}", members.forgive),
            web.put(f"{room}/transcription", call.set_transcription),
            web.put(f"{room}/consent", call.set_consent),
            web.put(f"{room}/captions", captions.set_captions),
            web.put(f"{room}/microphone", call.set_microphone),
            web.get(f"{room}/speaking-time", call.speaking_time),
            web.put(f"{room}/hand", hands.raise_or_lower),
            web.post(f"{room}/hands/lower", hands.lower),
            web.get(f"{room}/transcript", call.transcript),
            web.get(f"{room}/messages", chat.listed),
            web.post(f"{room}/messages", chat.say),
            web.post(f"{room}/files", chat.give),
            web.get(f"{room}/files/{{message}}", chat.file),
            web.delete(f"{room}/messages/{{message}}", chat.take_back),
            web.get(f"{room}/encryption", call.encryption),
            web.get(captions.WORKER_PATH, captions.serve),
            web.post(f"{API}/connection-tests", connection_test.begin),
            *_of_meetings(),
            web.post(f"{API}/transcript-search", search.find),
            web.get(later, scheduled.upcoming),
            web.post(later, scheduled.create),
            web.get(f"{later}/{{id}}", scheduled.show),
            web.put(f"{later}/{{id}}", scheduled.change),
            web.delete(f"{later}/{{id}}", scheduled.cancel),
            web.get(f"{later}/{{id}}/invite.ics", scheduled.calendar),
            web.put(f"{later}/{{id}}/occurrences/{{occurrence}}", scheduled.move),
            web.delete(f"{later}/{{id}}/occurrences/{{occurrence}}", scheduled.cancel_one),
            *_of_the_sdk(),
            *(route for end in ("", "/") for route in _external(end)),
            web.get("/{path:(?!api/|external-api/).*}", page.serve),
        ]
    )


def _of_meetings() -> list[web.RouteDef]:
    """Running and past, with their transcripts."""
    meeting = f"{API}/meetings/{{id}}"
    passage = f"{meeting}/utterances/{{utterance}}"
    voice, sharing_ = f"{meeting}/voices/{{participant}}/{{voice}}", f"{meeting}/sharing"
    return [
        web.get(f"{API}/meetings", meetings.history),
        web.get(meeting, meetings.show),
        web.get(f"{meeting}/attendance.csv", meetings.attendance_sheet),
        web.get(f"{meeting}/outcome", outcome.show),
        web.put(f"{meeting}/withdrawal", withdrawal.withdraw),
        web.get(f"{meeting}/messages", chat.kept),
        web.get(f"{meeting}/files/{{message}}", chat.kept_file),
        web.get(f"{meeting}/minutes", minutes.show),
        web.post(f"{meeting}/minutes", minutes.ask),
        web.put(f"{meeting}/minutes", minutes.edit),
        web.delete(f"{meeting}/minutes/writing", minutes.cancel),
        web.get(f"{meeting}/transcript.{{format}}", exports.transcript),
        web.get(f"{meeting}/utterances", passages.listed),
        web.put(passage, passages.correct),
        web.get(f"{passage}/versions", passages.versions),
        web.put(f"{passage}/hiding", passages.hide),
        web.delete(f"{passage}/hiding", passages.show),
        web.put(voice, passages.name_voice),
        web.delete(voice, passages.unname_voice),
        web.get(sharing_, sharing.show),
        web.patch(sharing_, sharing.change),
        web.post(f"{sharing_}/readers", sharing.add),
        web.delete(f"{sharing_}/readers/{{account}}", sharing.remove),
    ]


def _of_people() -> list[web.RouteDef]:
    """For administrators of the instance."""
    everybody = f"{API}/accounts"
    one = f"{everybody}/{{id}}"
    return [
        web.get(everybody, people.listed),
        web.post(everybody, people.invite),
        web.get(f"{everybody}.csv", people.listed_as_csv),
        web.post(f"{API}/account-changes", people.change_all),
        web.get(one, person.show),
        web.patch(one, person.change),
        web.post(f"{one}/invitation", person.invite_again),
        web.post(f"{one}/reset", person.reset),
        web.delete(f"{one}/sessions", person.end_sessions),
        web.delete(f"{one}/second-factor", person.remove_factor),
        web.get(f"{one}/stored", person.stored),
        web.get(f"{one}/export", person.export),
        web.post(f"{one}/erasure", person.erase),
    ]


def _of_entities() -> list[web.RouteDef]:
    """For administrators of the instance."""
    all_ = f"{API}/entities"
    return [
        web.get(all_, entities.listed),
        web.get(f"{all_}.csv", entities.listed_as_csv),
        web.post(all_, entities.add),
        web.patch(f"{all_}/{{id}}", entities.change),
        web.delete(f"{all_}/{{id}}", entities.delete),
    ]


def _of_the_console() -> list[web.RouteDef]:
    """For administrators of the instance."""
    meetings, look = f"{API}/live-meetings", f"{API}/branding"
    meeting = f"{meetings}/{{sid}}"
    return [
        web.get(meetings, live.listed),
        web.get(f"{meetings}.csv", live.listed_as_csv),
        web.get(meeting, live.show),
        web.get(f"{meeting}/participants.csv", live.people_as_csv),
        web.post(f"{meeting}/end", live.end),
        web.post(f"{meeting}/participants/{{participant}}/remove", live.remove),
        web.get(f"{API}/backlog", backlog.show),
        web.put(f"{API}/policy", policy.change),
        web.get(look, branding.show),
        web.put(look, branding.change),
        web.delete(look, branding.undo),
        web.post(f"{look}/preview", branding.preview),
        web.get("/branding/{id}/logo", branding.picture),
        web.get("/branding/{id}/colours.css", branding.stylesheet),
    ]


def _of_the_records() -> list[web.RouteDef]:
    """What is kept, for administrators of the instance."""
    rooms_, past, proofs = f"{API}/all-rooms", f"{API}/past-meetings", f"{API}/deletion-proofs"
    room, meeting = f"{rooms_}/{{id}}", f"{past}/{{id}}"
    return [
        web.get(rooms_, all_rooms.listed),
        web.get(f"{rooms_}.csv", all_rooms.listed_as_csv),
        web.patch(room, all_rooms.change),
        web.delete(room, all_rooms.delete),
        web.put(f"{room}/owner", all_rooms.hand_over),
        web.get(past, past_meetings.listed),
        web.get(f"{past}.csv", past_meetings.listed_as_csv),
        web.post(f"{meeting}/hold", past_meetings.hold),
        web.post(f"{meeting}/release", past_meetings.release),
        web.post(f"{meeting}/purge", past_meetings.purge),
        web.get(f"{API}/retention", retention.show),
        web.get(proofs, retention.listed),
        web.get(f"{proofs}.json", retention.as_json),
        web.get(f"{proofs}.csv", retention.as_csv),
    ]


def _of_programs() -> list[web.RouteDef]:
    """For administrators of the instance: services, their keys, and what was done by whom."""
    trail, whole, keys = f"{API}/audit", f"{API}/services", f"{API}/keys"
    return [
        web.get(trail, audit.listed),
        web.get(f"{trail}/export", audit.export),
        web.post(f"{trail}/verification", audit.verify),
        web.get(whole, services.listed),
        web.get(f"{whole}.csv", services.listed_as_csv),
        web.post(whole, services.add),
        web.patch(f"{whole}/{{id}}", services.change),
        web.get(keys, services.listed_keys),
        web.get(f"{keys}.csv", services.listed_keys_as_csv),
        web.post(keys, services.add_key),
        web.patch(f"{keys}/{{id}}", services.rename_key),
        web.delete(f"{keys}/{{id}}", services.revoke),
    ]


def _of_the_sdk() -> list[web.RouteDef]:
    """For pages of other sites that show a button of ours: pages at La Suite's addresses."""
    return [
        web.get("/sdk/create-button", embedding.framed),
        web.get("/sdk/create-popup", embedding.popup),
        web.get("/embed/{slug}", embedding.framed),
        web.post(f"{API}/room-callbacks", embedding.keep),
        web.post(f"{API}/room-callbacks/collect", embedding.collect),
    ]


def _external(end: str) -> list[web.RouteDef]:
    """La Suite's, whose addresses end with a slash, or not."""
    return [
        web.post(f"{EXTERNAL}/application/token{end}", external.token),
        web.get(f"{EXTERNAL}/rooms{end}", external.listed),
        web.post(f"{EXTERNAL}/rooms{end}", external.create),
        web.get(f"{EXTERNAL}/rooms/{{id}}{end}", external.show),
    ]
