"""Every endpoint for everybody: who gets what, in one table; an endpoint not in it fails."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from aiohttp import web

from tests.callers import BOT_KEY, Caller, House, call_claims
from tests.store import samples
from visio.auth import delegation, keys
from visio.auth.delegation import Delegated
from visio.config import PRODUCT_KEY, read_secrets
from visio.store import keys as key_rows
from visio.store import rooms, services
from visio.store.models import Room
from visio.store.sealing import Keyring

pytestmark = pytest.mark.one_database

PLACES = ("public", "trusted", "restricted", "unknown")
"""Rooms of ada's: bob is a member, root of the server's administrators and eve are not."""


@dataclass(frozen=True)
class Row:
    """What an endpoint answers; `default` to everybody who is not named."""

    method: str
    path: str
    default: str | int
    body: Any = None
    named: dict[str, str | int] = field(default_factory=dict)

    def expected(self, who: str) -> str | int:
        return self.named.get(who, self.default)


def row(method: str, path: str, default: str | int, body: Any = None, **named: str | int) -> Row:
    return Row(method, path, default, body, named)


SIGNED_IN = ("owner", "member", "stranger", "admin")
"""With a cookie."""
CALLS = ("call_host", "call_guest")
"""Inside the public room, by the token of the call."""


FOREIGN = ("call_bot", "call_late", "application")
"""With a token that is good elsewhere, or was."""
PROGRAMS = ("key", "key_host", "key_bare", "key_revoked")
"""With an API key: made for everything, of a service that has no role in ada's rooms, or is an
administrator of them; of that one too, made for something else, or revoked."""


def all_of(names: tuple[str, ...], answer: str | int) -> dict[str, str | int]:
    return dict.fromkeys(names, answer)


def to_accounts(answer: str | int) -> dict[str, str | int]:
    """Named answers for an endpoint that wants an account, whose default is not_signed_in."""
    return {**all_of(SIGNED_IN, answer), "one_time": "password_change_required"}


def to_programs(stranger: str | int, host: str | int) -> dict[str, str | int]:
    """Named answers for an endpoint that keys can be made for."""
    return {
        "key": stranger,
        "key_host": host,
        "key_bare": "insufficient_scope",
        "key_revoked": "invalid_token",
    }


NO_KEYS = all_of(PROGRAMS, "invalid_token")
"""Those of one that none can be made for."""


def in_call_rows(slug: str) -> Iterator[Row]:
    consent = {"granted": True, "wording": "2026-11.2-keep", "language": "fr"}
    bodies: dict[str, Any] = {
        "consent": consent,
        "microphone": {"shared": True},
        "captions": {"on": True},
        "hand": {"raised": True},
    }
    bearers = all_of(("call_left", "call_elsewhere", "call_bob"), "not_allowed")
    inside = slug == "public"
    outside = all_of(CALLS, "not_allowed")
    for action, body in bodies.items():
        path = f"/api/v1/rooms/{slug}-room/{action}"
        answers = {**bearers, **(all_of(CALLS, 204) if inside else outside)}
        yield row("PUT", path, "invalid_token", body, **answers)
    path = f"/api/v1/rooms/{slug}-room"
    read = all_of(CALLS, 200) if inside else outside
    yield row("GET", f"{path}/transcript", "invalid_token", **bearers, **read)
    yield row("GET", f"{path}/encryption", "invalid_token", **bearers, **read)
    yield row("GET", f"{path}/speaking-time", "invalid_token", **bearers, **read)
    yield from chat_rows(path, inside, bearers)
    switch = {"call_host": 204, "call_guest": "not_allowed"} if inside else outside
    yield row("PUT", f"{path}/transcription", "invalid_token", {"on": True}, **bearers, **switch)
    yield from hosting_rows(path, inside, bearers)


def chat_rows(path: str, inside: bool, bearers: dict[str, str | int]) -> Iterator[Row]:
    """Of the chat, in which nobody has written yet; nobody of that identity is there."""
    new = {"id": "6a1e7b1e-4f7c-4c70-9a35-0c8f7e0e9b11", "to": "p-nobody"}
    for method, part, body, done in (
        ("DELETE", "messages/unknown", None, "not_found"),
        ("POST", "messages", {**new, "text": "x"}, "not_found"),
        ("GET", "messages", None, 200),
        ("POST", "files", {**new, "name": "x.txt", "content": "eA=="}, "not_found"),
        ("GET", "files/unknown", None, "not_found"),
    ):
        answers = all_of(CALLS, done if inside else "not_allowed")
        yield row(method, f"{path}/{part}", "invalid_token", body, **bearers, **answers)


def hosting_rows(path: str, inside: bool, bearers: dict[str, str | int]) -> Iterator[Row]:
    """What hosts do inside; nobody of that identity is there, and nobody waits."""
    gone = {"role": "member"}
    for method, action, body, done in (
        ("GET", "waiting", None, 200),
        ("POST", "waiting/admit", {}, 204),
        ("POST", "waiting/deny", {"ban": True}, 204),
        ("PUT", "waiting/message", {"text": "x"}, "room_not_found"),
        ("POST", "mute", {}, 204),
        ("POST", "mute", {"identity": "p-nobody"}, "not_found"),
        ("POST", "hands/lower", {"identity": "p-nobody"}, 204),
        ("PUT", "spotlight", {}, 204),
        ("PUT", "spotlight", {"identity": "p-nobody"}, "not_found"),
        ("POST", "participants/p-nobody/remove", {}, "not_found"),
        ("PUT", "participants/p-nobody/role", gone, "not_found"),
    ):
        hosts = {"call_host": done, "call_guest": "not_allowed"}
        answers = hosts if inside else all_of(CALLS, "not_allowed")
        yield row(method, f"{path}/{action}", "invalid_token", body, **bearers, **answers)


def room_rows(place: str) -> Iterator[Row]:
    seers = {"restricted": ("owner", "member"), "unknown": ()}.get(place, SIGNED_IN)
    path = f"/api/v1/rooms/{place}-room"
    public, hidden = place == "public", "room_not_found"
    locked: dict[str, str | int] = {"one_time": "password_change_required"}
    seen = {**all_of(seers, 200), **locked}
    strangers, mine = 200 if "stranger" in seers else hidden, hidden if not seers else 200
    yield row("GET", path, 200 if public else hidden, **seen, **to_programs(strangers, mine))
    refused = all_of(tuple(set(SIGNED_IN) - set(seers)), "must_knock")
    guests = 200 if public else "must_knock"
    knock = {hidden: "must_knock", 200: 200}
    keys = to_programs(knock[strangers], knock[mine])
    yield row("POST", f"{path}/join", guests, {"name": "G"}, **seen, **refused, **keys)
    # Without an upgrade nobody learns anything.
    yield row("GET", f"{path}/lobby", "bad_request")
    yield from governed_rows(path, place, seers)
    answers = {**all_of(seers, "not_allowed"), **locked}
    if "owner" in seers:
        answers["owner"] = 204
    closed = {hidden: hidden, 200: "not_allowed"}
    answers |= to_programs(closed[strangers], closed[mine])
    yield row("DELETE", path, "not_allowed" if public else hidden, None, **answers)


def governed_rows(path: str, place: str, seers: tuple[str, ...]) -> Iterator[Row]:
    """For the room's hosts: by their cookie, or by the token of the call from inside."""
    public = place == "public"
    calls = all_of(("call_left", "call_elsewhere", "call_bob", *CALLS), "not_allowed")
    calls |= all_of(FOREIGN, "invalid_token")
    for method, action, body, done in (
        ("PATCH", "", {"title": "New"}, 200),
        ("GET", "/members", None, 200),
        ("POST", "/members", {"email": "nobody@example.org"}, "address_unknown"),
        ("PUT", "/members/nobody", {"role": "member"}, "not_found"),
        ("DELETE", "/members/nobody", None, 204),
        ("GET", "/bans", None, 200),
        ("DELETE", "/bans/none", None, 204),
    ):
        answers = {**all_of(seers, "not_allowed"), **calls, "one_time": "password_change_required"}
        hidden = "not_allowed" if "stranger" in seers else "room_not_found"
        answers |= to_programs(hidden, done if seers else "room_not_found")
        if "owner" in seers:
            answers["owner"] = done
        if public:
            answers["call_host"] = done
        outside = "not_allowed" if public else "room_not_found"
        yield row(method, f"{path}{action}", outside, body, **answers)


def end_row(slug: str) -> Row:
    """The end of the meeting, which comes last."""
    answers = all_of(("call_left", "call_elsewhere", "call_bob", *CALLS), "not_allowed")
    answers |= {"call_host": 204} if slug == "public" else {}
    return row("POST", f"/api/v1/rooms/{slug}-room/end", "invalid_token", None, **answers)


def meeting_rows() -> Iterator[Row]:
    """A meeting of ada's restricted room which bob attended as "p-bob"."""
    path = "/api/v1/meetings"
    yield row("GET", path, "not_signed_in", **to_accounts(200), **to_programs(200, 200))
    bearers = (*CALLS, "call_left", "call_elsewhere")
    shut = {
        **all_of(bearers, "meeting_not_found"),
        **all_of(FOREIGN, "invalid_token"),
        **to_programs("meeting_not_found", "meeting_not_found"),
    }
    answers = {**to_accounts("meeting_not_found"), "owner": 200, "member": 200, "call_bob": 200}
    unknown = {**to_accounts("meeting_not_found"), "call_bob": "meeting_not_found"}
    for part in ("", "/attendance.csv", "/utterances", "/transcript.docx", "/messages", "/outcome"):
        yield row("GET", f"{path}/{{held}}{part}", "not_signed_in", **shut, **answers)
        yield row("GET", f"{path}/unknown{part}", "not_signed_in", **shut, **unknown)
    # Nobody has given one.
    none = {who: "not_found" if answer == 200 else answer for who, answer in answers.items()}
    yield row("GET", f"{path}/{{held}}/files/unknown", "not_signed_in", **shut, **none)
    yield row("GET", f"{path}/unknown/files/unknown", "not_signed_in", **shut, **unknown)
    yield from transcript_rows(path, shut, answers, unknown)
    words = {"words": "réunion"}
    anybody = {**to_accounts(200), **to_programs(200, 200)}
    yield row("POST", "/api/v1/transcript-search", "not_signed_in", words, **anybody)
    yield from minutes_rows(f"{path}/{{held}}/minutes", f"{path}/unknown/minutes")
    # It has not ended: nobody takes anything back here.
    answers = {**to_accounts("meeting_not_found"), **NO_KEYS}
    body = {"erases": True, "language": "fr"}
    for name in ("{held}", "unknown"):
        yield row("PUT", f"{path}/{name}/withdrawal", "not_signed_in", body, **answers)


def transcript_rows(
    path: str,
    shut: dict[str, str | int],
    answers: dict[str, str | int],
    unknown: dict[str, str | int],
) -> Iterator[Row]:
    """What hosts and speakers make of a transcript in which nothing was said: no key is good."""
    shut = {**shut, **NO_KEYS}
    readers = [who for who, answer in answers.items() if answer == 200]
    new = {"text": "x", "version": 0}
    for method, part, body, host, others in (
        ("PUT", "utterances/unknown", new, "not_found", "not_found"),
        ("GET", "utterances/unknown/versions", None, "not_found", "not_found"),
        ("PUT", "utterances/unknown/hiding", {"reason": "x"}, "not_found", "not_found"),
        ("DELETE", "utterances/unknown/hiding", None, "not_found", "not_found"),
        ("PUT", "voices/unknown/S1", {"name": "X"}, "not_found", "not_allowed"),
        ("DELETE", "voices/unknown/S1", None, "not_found", "not_allowed"),
        ("GET", "sharing", None, 200, "not_allowed"),
        ("PATCH", "sharing", {"attendees": True}, 204, "not_allowed"),
        ("POST", "sharing/readers", {"email": "nobody@example.org"}, "address_unknown",
         "not_allowed"),
        ("DELETE", "sharing/readers/unknown", None, 204, "not_allowed"),
    ):  # fmt: skip
        named = {**answers, **dict.fromkeys(readers, others), "owner": host}
        yield row(method, f"{path}/{{held}}/{part}", "not_signed_in", body, **shut, **named)
        yield row(method, f"{path}/unknown/{part}", "not_signed_in", body, **shut, **unknown)


def minutes_rows(path: str, unknown: str) -> Iterator[Row]:
    """For those who may read the transcript; the room's hosts among them change them. There is no
    language model here, and there are no minutes."""
    hidden = to_accounts("meeting_not_found")
    none = to_programs("meeting_not_found", "meeting_not_found")
    yield row("GET", path, "not_signed_in", **{**hidden, **none, "owner": 200, "member": 200})
    yield row("GET", unknown, "not_signed_in", **hidden, **none)
    body: dict[str, Any] = {"summary": [], "decisions": [], "actions": []}
    for method, part, sent, done in (
        ("POST", "", None, "minutes_unavailable"),
        ("PUT", "", body, "no_minutes"),
        ("DELETE", "/writing", None, 204),
    ):
        hosts = {**hidden, **NO_KEYS, "owner": done, "member": "not_allowed"}
        yield row(method, f"{path}{part}", "not_signed_in", sent, **hosts)
        yield row(method, f"{unknown}{part}", "not_signed_in", sent, **{**hidden, **NO_KEYS})


def scheduled_rows() -> Iterator[Row]:
    """A meeting that ada scheduled in her restricted room, to which eve is invited."""
    path = "/api/v1/scheduled-meetings"
    yield row("GET", path, "not_signed_in", **to_accounts(200), **to_programs(200, 200))
    times = {"begins": "2100-01-04T10:00", "ends": "2100-01-04T11:00"}
    draft = {"title": "X", "zone": "UTC", "recurrence": {"frequency": "daily", "count": 3}, **times}
    yield row("POST", path, "not_signed_in", draft, **to_accounts(201), **NO_KEYS)
    for place in PLACES:
        seers = {"restricted": ("owner", "member"), "unknown": ()}.get(place, SIGNED_IN)
        answers = {**to_accounts("room_not_found"), **all_of(seers, "not_allowed"), **NO_KEYS}
        answers |= {"owner": 201} if "owner" in seers else {}
        yield row("POST", path, "not_signed_in", {**draft, "room": f"{place}-room"}, **answers)
    hidden = {**to_accounts("meeting_not_found"), **NO_KEYS}
    seen = {**hidden, "owner": 200, "stranger": 200}
    governed = {**hidden, "owner": 200, "stranger": "not_allowed"}
    one, other = "occurrences/2100-01-05T10:00", "occurrences/2100-01-06T10:00"
    for method, part, body, answers in (
        ("GET", "", None, seen),
        ("GET", "/invite.ics", None, seen),
        ("PUT", "", {**draft, "invitees": ["eve@example.org"]}, governed),
        ("PUT", f"/{one}", times, governed),
        ("DELETE", f"/{other}", None, {**governed, "owner": 204}),
        ("DELETE", "", None, {**governed, "owner": 204}),
    ):
        yield row(method, f"{path}/unknown{part}", "not_signed_in", body, **hidden)
        yield row(method, f"{path}/{{planned}}{part}", "not_signed_in", body, **answers)


def factor_rows() -> Iterator[Row]:
    """Of one's own second factor; nobody in the table knows a password or has a factor."""
    path = "/api/v1/session/second-factor"
    people = (*SIGNED_IN, "one_time")
    wrong = all_of(people, "invalid_credentials")
    code = all_of(people, "wrong_code")
    yield row("POST", path, "not_signed_in", {"password": "wrong"}, **wrong)
    yield row("PUT", path, "not_signed_in", {"code": "000000"}, **code)
    yield row("POST", f"{path}/recovery-codes", "not_signed_in", {"code": "000000"}, **code)
    removal = {"password": "wrong", "code": "000000"}
    yield row("POST", f"{path}/removal", "not_signed_in", removal, **wrong)


def people_rows() -> Iterator[Row]:
    """The accounts, for administrators; no mail can be sent here."""
    path = "/api/v1/accounts"
    others = {**to_accounts("not_allowed"), **NO_KEYS}
    invitee = {"email": "invited@example.org"}
    yield row("GET", path, "not_signed_in", **{**others, "admin": 200})
    yield row("POST", path, "not_signed_in", invitee, **{**others, "admin": "mail_unavailable"})
    unknown = {**others, "admin": "account_not_found"}
    yield row("GET", f"{path}.csv", "not_signed_in", **{**others, "admin": 200})
    changes = {"measure": "sign_out", "accounts": ["unknown"]}
    many = {**others, "admin": 200}
    yield row("POST", "/api/v1/account-changes", "not_signed_in", changes, **many)
    for method, part, body in (
        ("GET", "", None),
        ("PATCH", "", {"disabled": True}),
        ("PATCH", "", {"administrator": True}),
        ("PATCH", "", {"entity": None}),
        ("POST", "/invitation", {}),
        ("POST", "/reset", {}),
        ("DELETE", "/sessions", None),
        ("DELETE", "/second-factor", None),
        ("GET", "/stored", None),
        ("GET", "/export", None),
        ("POST", "/erasure", {"email": "ada@example.org"}),
    ):
        yield row(method, f"{path}/unknown{part}", "not_signed_in", body, **unknown)


def entity_rows() -> Iterator[Row]:
    """The entities, for administrators."""
    path, others = "/api/v1/entities", {**to_accounts("not_allowed"), **NO_KEYS}
    for listed in (path, f"{path}.csv"):
        yield row("GET", listed, "not_signed_in", **{**others, "admin": 200})
    yield row("POST", path, "not_signed_in", {"name": "Nord"}, **{**others, "admin": 201})
    unknown = {**others, "admin": "entity_not_found"}
    yield row("PATCH", f"{path}/unknown", "not_signed_in", {"name": "Sud"}, **unknown)
    yield row("DELETE", f"{path}/unknown", "not_signed_in", **unknown)
    assigned = {"measure": "assign", "accounts": ["unknown"], "entity": "unknown"}
    yield row("POST", "/api/v1/account-changes", "not_signed_in", assigned, **unknown)


def console_rows() -> Iterator[Row]:
    """Of the whole instance, for its administrators."""
    others = {**to_accounts("not_allowed"), **NO_KEYS}
    meetings = "/api/v1/live-meetings"
    for path in (meetings, f"{meetings}.csv", "/api/v1/backlog"):
        yield row("GET", path, "not_signed_in", **{**others, "admin": 200})
    for method, path in (
        ("GET", ""),
        ("GET", "/participants.csv"),
        ("POST", "/end"),
        ("POST", "/participants/unknown/remove"),
    ):
        answers = {**others, "admin": "meeting_not_found"}
        yield row(method, f"{meetings}/unknown{path}", "not_signed_in", **answers)


def branding_rows() -> Iterator[Row]:
    """What the service looks like and allows: everybody is shown it, administrators choose."""
    others, look = {**to_accounts("not_allowed"), **NO_KEYS}, "/api/v1/branding"
    admin = {**others, "admin": 200}
    yield row("GET", look, "not_signed_in", **admin)
    yield row("POST", f"{look}/preview", "not_signed_in", {"name": "X"}, **admin)
    done = {**others, "admin": 204}
    yield row("PUT", look, "not_signed_in", {"name": "X"}, **done)
    yield row("DELETE", look, "not_signed_in", **done)
    policy = {"access": ["restricted", "public"], "creators": "everybody", "max_participants": 0}
    yield row("PUT", "/api/v1/policy", "not_signed_in", policy, **done)


def records_rows() -> Iterator[Row]:
    """What is kept, for administrators of the instance."""
    others = {**to_accounts("not_allowed"), **NO_KEYS}
    rooms_, past = "/api/v1/all-rooms", "/api/v1/past-meetings"
    proofs = "/api/v1/deletion-proofs"
    tables = (f"{rooms_}.csv", f"{past}.csv", f"{proofs}.csv", f"{proofs}.json")
    for path in (rooms_, past, proofs, "/api/v1/retention", *tables):
        yield row("GET", path, "not_signed_in", **{**others, "admin": 200})
    for method, path, body, found in (
        ("PATCH", f"{rooms_}/unknown", {"title": "X"}, "room_not_found"),
        ("DELETE", f"{rooms_}/unknown", None, "room_not_found"),
        ("PUT", f"{rooms_}/unknown/owner", {"email": "eve@example.org"}, "room_not_found"),
        ("POST", f"{past}/unknown/hold", {"reason": "court"}, "meeting_not_found"),
        ("POST", f"{past}/unknown/release", {"reason": "closed"}, "meeting_not_found"),
        ("POST", f"{past}/unknown/purge", None, "meeting_not_found"),
    ):
        yield row(method, path, "not_signed_in", body, **{**others, "admin": found})


def audit_rows() -> Iterator[Row]:
    """For administrators."""
    others = {**to_accounts("not_allowed"), **NO_KEYS}
    for path in ("/api/v1/audit", "/api/v1/audit/export"):
        yield row("GET", path, "not_signed_in", **{**others, "admin": 200})
    check = "/api/v1/audit/verification"
    yield row("POST", check, "not_signed_in", {}, **{**others, "admin": 200})


def service_rows() -> Iterator[Row]:
    """Services and API keys, for administrators; rooms of a file, which is not one here."""
    others = {**to_accounts("not_allowed"), **NO_KEYS}
    yield row("GET", "/api/v1/services", "not_signed_in", **{**others, "admin": 200})
    new = {"name": "Salle 12"}
    yield row("POST", "/api/v1/services", "not_signed_in", new, **{**others, "admin": 201})
    unknown = {**others, "admin": "service_not_found"}
    off = {"disabled": True}
    yield row("PATCH", "/api/v1/services/unknown", "not_signed_in", off, **unknown)
    for path in ("/api/v1/services.csv", "/api/v1/keys", "/api/v1/keys.csv"):
        yield row("GET", path, "not_signed_in", **{**others, "admin": 200})
    keys_ = {**to_programs("insufficient_scope", "insufficient_scope"), "key_bare": "bad_request"}
    importers = {**to_accounts("not_allowed"), **keys_, "admin": "bad_request"}
    yield row("POST", "/api/v1/room-imports", "not_signed_in", None, **importers)
    key = {"service": "unknown", "name": "x", "scopes": ["rooms:read"]}
    yield row("POST", "/api/v1/keys", "not_signed_in", key, **unknown)
    no_key = {**others, "admin": "key_not_found"}
    yield row("DELETE", "/api/v1/keys/unknown", "not_signed_in", **no_key)
    name = {"name": "X"}
    yield row("PATCH", "/api/v1/keys/unknown", "not_signed_in", name, **no_key)


def callback_rows() -> Iterator[Row]:
    """Word of a room that a host has made, for a page that knows the id and nothing else."""
    path, known = "/api/v1/room-callbacks", "0123456789abcdef0123456789abcdef"
    for place in PLACES:
        seers = {"restricted": ("owner", "member"), "unknown": ()}.get(place, SIGNED_IN)
        answers = {**to_accounts("room_not_found"), **all_of(seers, "not_allowed"), **NO_KEYS}
        answers |= {"owner": 204} if "owner" in seers else {}
        body = {"callback": known, "slug": f"{place}-room"}
        yield row("POST", path, "not_signed_in", body, **answers)
    yield row("POST", f"{path}/collect", 200, {"callback": known})


def link_rows() -> Iterator[Row]:
    """For everybody: what opens them is the token."""
    path = "/api/v1/password-links"
    asked = {"email": "ada@example.org", "language": "fr"}
    yield row("POST", path, "mail_unavailable", asked)
    yield row("POST", f"{path}/show", "link_spent", {"token": "x"})
    use = {"token": "x", "password": "a password of my own"}
    yield row("POST", f"{path}/use", "link_spent", use)


def external_rows() -> Iterator[Row]:
    """La Suite's external API: for applications that act for somebody, and for no other token."""
    path = "/external-api/v1.0"
    wrong = {
        "client_id": "x",
        "client_secret": "x",
        "grant_type": "client_credentials",
        "scope": "ada@example.org",
    }
    for end in ("", "/"):
        yield row("POST", f"{path}/application/token{end}", 401, wrong)
        yield row("GET", f"{path}/rooms{end}", 401, application=200)
        yield row("POST", f"{path}/rooms{end}", 401, {}, application=201)
        yield row("GET", f"{path}/rooms/unknown{end}", 401, application=404)


WRONG = {"email": "x@example.org", "password": "wrong"}
CHANGE = {"current": "wrong", "new": "a password of my own"}
GROUPS = {
    "account": [
        row("GET", "/api/v1/config", 200),
        row("GET", "/api/v1/openapi.json", 200),
        row("POST", "/api/v1/connection-tests", 201),
        # To workers only, by a hello of their own.
        row("GET", "/api/v1/worker", "invalid_token"),
        row("POST", "/api/v1/session", "invalid_credentials", WRONG),
        row("GET", "/api/v1/session", "not_signed_in", **all_of((*SIGNED_IN, "one_time"), 200)),
        row(
            "PUT",
            "/api/v1/session/password",
            "not_signed_in",
            CHANGE,
            **all_of((*SIGNED_IN, "one_time"), "invalid_credentials"),
        ),
        *factor_rows(),
        *people_rows(),
        *entity_rows(),
        *console_rows(),
        *records_rows(),
        *branding_rows(),
        *audit_rows(),
        *service_rows(),
        *link_rows(),
        *callback_rows(),
        row(
            "DELETE",
            "/api/v1/session/others",
            "not_signed_in",
            **all_of((*SIGNED_IN, "one_time"), 204),
        ),
        row("GET", "/api/v1/rooms", "not_signed_in", **to_accounts(200), **to_programs(200, 200)),
        row(
            "POST",
            "/api/v1/rooms",
            "not_signed_in",
            {"title": "New"},
            **to_accounts(201),
            **to_programs(201, 201),
        ),
        row("DELETE", "/api/v1/session", 204),
    ],
    **{f"{place} room": list(room_rows(place)) for place in PLACES},
    # By place: nobody answers the pings to those inside, who are sent away after a while.
    **{f"{place} call": [*in_call_rows(place), end_row(place)] for place in PLACES},
    "meetings": list(meeting_rows()),
    "scheduled": list(scheduled_rows()),
    "external": list(external_rows()),
}
"""Rows that are asked of one house, in this order: what destroys comes last."""
ROWS = [asked for group in GROUPS.values() for asked in group]


@dataclass
class Cast:
    """Everybody, and what the table's addresses stand for."""

    callers: dict[str, Caller]
    held: str
    planned: str


@pytest.fixture
async def everybody(house: House) -> Cast:
    ada, bob = await house.account("ada@example.org"), await house.account("bob@example.org")
    eve = await house.account("eve@example.org")
    root = await house.account("root@example.org", administrator=True)
    newcomer = await house.account("new@example.org", one_time=True)
    places = {access: await house.room(ada, access) for access in PLACES[:-1]}
    for room in places.values():
        await house.member(room, bob)
    await house.room(eve, "public", "eves-room")
    programs, key_id = await made_programs(house, list(places.values()))
    keyring = Keyring(read_secrets(house.config).master_key)
    held = await samples.sitting(
        house.database, places["restricted"], bob, identity="p-bob", keyring=keyring
    )
    callers = {
        "anonymous": house.anonymous(),
        "owner": await house.signed_in(ada),
        "member": await house.signed_in(bob),
        "stranger": await house.signed_in(eve),
        "admin": await house.signed_in(root),
        "one_time": await house.signed_in(newcomer),
        "revoked": await house.signed_in(ada),
        "forged": Caller(house.server, {"visio_session": "x" * 43}),
        "call_host": await house.enter(await house.signed_in(ada), "public-room"),
        "call_guest": await house.enter(house.anonymous(), "public-room", name="Guest"),
        "call_elsewhere": await house.enter(house.anonymous(), "eves-room", name="Guest"),
        "call_left": with_token(house, "public-room", "p-left"),
        "call_bob": with_token(house, "restricted-room", "p-bob"),
        "call_bot": Caller(
            house.server, token=house.token(call_claims("public-room", key=BOT_KEY))
        ),
        "call_late": Caller(
            house.server,
            token=house.token(call_claims("public-room"), ttl=timedelta(minutes=-2)),
        ),
    }
    secret = read_secrets(house.config).signing_keys[PRODUCT_KEY]
    callers |= programs
    callers["application"] = Caller(
        house.server, token=delegation.issue(secret, Delegated(key_id, ada.id), house.clock())
    )
    await Caller(house.server, dict(callers["revoked"].cookies)).ask("DELETE", "/api/v1/session")
    return Cast(callers, held.meeting.id, await plan(callers["owner"]))


async def plan(host: Caller) -> str:
    """The id of a meeting that is scheduled."""
    body = {
        "title": "X",
        "room": "restricted-room",
        "zone": "UTC",
        "begins": "2100-01-04T10:00",
        "ends": "2100-01-04T11:00",
        "recurrence": {"frequency": "daily", "count": 3},
        "invitees": ["eve@example.org"],
    }
    return str((await host.post("/api/v1/scheduled-meetings", body)).json["id"])


async def made_programs(house: House, places: list[Room]) -> tuple[dict[str, Caller], str]:
    """Services, and programs that show keys of theirs; and the id of a key that is good."""
    async with house.database.transaction() as session:
        stranger, host = (
            await services.add(session, "Stranger"),
            await services.add(session, "Host"),
        )
        for room in places:
            await rooms.set_member(session, room.id, host.id, "administrator")
    everything = [scope for scope in keys.SCOPES if scope != "rooms:provision"]
    ids, texts, now, day = {}, {}, house.clock(), timedelta(days=1)
    for who, service, scopes in (
        ("key", stranger, everything),
        ("key_host", host, everything),
        ("key_bare", host, ["rooms:provision"]),
        ("key_revoked", host, everything),
    ):
        made, texts[who] = await keys.make(
            house.database,
            service,
            who,
            cast("list[keys.Scope]", scopes),
            now,
            lifetime=day,
            domains=["example.org"],
        )
        ids[who] = made.id
    async with house.database.transaction() as session:
        await key_rows.revoke(session, ids["key_revoked"], now)
    callers = {who: Caller(house.server, token=text) for who, text in texts.items()}
    return callers, ids["key"]


def with_token(house: House, slug: str, identity: str) -> Caller:
    return Caller(house.server, token=house.token(call_claims(slug, identity)))


@pytest.mark.parametrize("group", GROUPS)
async def test_everybody_gets_what_the_table_says(
    house: House, everybody: Cast, group: str
) -> None:
    """T17: every endpoint, whoever asks, of their own and of others' things."""
    for asked in GROUPS[group]:
        house.clock.move(timedelta(minutes=1))  # so many wrong guesses would be too many
        path = asked.path.replace("{held}", everybody.held)
        path = path.replace("{planned}", everybody.planned)
        # Refusals first: who succeeds may change what the others would find.
        in_order = sorted(everybody.callers, key=lambda who: isinstance(asked.expected(who), int))
        answers = {}
        for who in in_order:
            body = asked.body
            if body == WRONG:  # five failures of one account would be too many too
                body = {**body, "email": f"{who}@example.org"}
            answers[who] = (await everybody.callers[who].ask(asked.method, path, body)).code
        expected = {who: asked.expected(who) for who in in_order}
        assert answers == expected, f"{asked.method} {path}"


def test_every_endpoint_of_the_api_is_in_the_table(house: House) -> None:
    """T17."""
    in_app = {
        (route.method, route.resource.canonical)
        for route in house.server.app.router.routes()
        if route.resource is not None
        and route.resource.canonical.startswith(("/api/", "/external-api/"))
    }
    assert {method for method, _ in in_app} <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
    in_table = {(asked.method, canonical(house.server.app, asked)) for asked in ROWS}
    in_table |= {("HEAD", path) for method, path in in_table if method == "GET"}
    assert in_app == in_table


def canonical(app: web.Application, asked: Row) -> str:
    """The route an address of the table belongs to."""
    for resource in app.router.resources():
        pattern = resource.get_info().get("pattern")
        path = asked.path.replace("{held}", "x").replace("{planned}", "x")
        if resource.get_info().get("path") == path or (pattern and pattern.fullmatch(path)):
            return resource.canonical
    return asked.path


def test_every_row_names_people_who_exist(everybody: Cast) -> None:
    for asked in ROWS:
        assert set(asked.named) <= set(everybody.callers), asked.path
