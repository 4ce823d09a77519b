"""Every endpoint for everybody: who gets what, in one table; an endpoint not in it fails."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from tests.callers import BOT_KEY, Caller, House, call_claims
from tests.store import samples
from visio.config import read_secrets
from visio.store.sealing import Keyring

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


def all_of(names: tuple[str, ...], answer: str | int) -> dict[str, str | int]:
    return dict.fromkeys(names, answer)


def to_accounts(answer: str | int) -> dict[str, str | int]:
    """Named answers for an endpoint that wants an account, whose default is not_signed_in."""
    return {**all_of(SIGNED_IN, answer), "one_time": "password_change_required"}


def in_call_rows() -> Iterator[Row]:
    consent = {"granted": True, "wording": "1"}
    bodies: dict[str, Any] = {"consent": consent, "microphone": {"shared": True}}
    bearers = all_of(("call_left", "call_elsewhere", "call_bob"), "not_allowed")
    for slug in PLACES:
        inside = slug == "public"
        outside = all_of(CALLS, "not_allowed")
        for action, body in bodies.items():
            path = f"/api/v1/rooms/{slug}-room/{action}"
            answers = {**bearers, **(all_of(CALLS, 204) if inside else outside)}
            yield row("PUT", path, "invalid_token", body, **answers)
        path = f"/api/v1/rooms/{slug}-room"
        read = all_of(CALLS, 200) if inside else outside
        yield row("GET", f"{path}/transcript", "invalid_token", **bearers, **read)
        switch = {"call_host": 204, "call_guest": "not_allowed"} if inside else outside
        yield row(
            "PUT", f"{path}/transcription", "invalid_token", {"on": True}, **bearers, **switch
        )


def room_rows(place: str) -> Iterator[Row]:
    seers = {"restricted": ("owner", "member"), "unknown": ()}.get(place, SIGNED_IN)
    path = f"/api/v1/rooms/{place}-room"
    public, hidden = place == "public", "room_not_found"
    locked: dict[str, str | int] = {"one_time": "password_change_required"}
    seen = {**all_of(seers, 200), **locked}
    yield row("GET", path, 200 if public else hidden, **seen)
    guests = 200 if public else "sign_in_required"
    refused = all_of(tuple(set(SIGNED_IN) - set(seers)), "not_admitted")
    yield row("POST", f"{path}/join", guests, {"name": "G"}, **seen, **refused)
    for method, body, done in (("PATCH", {"title": "New"}, 200), ("DELETE", None, 204)):
        answers = {**all_of(seers, "not_allowed"), **locked}
        if "owner" in seers:
            answers["owner"] = done
        yield row(method, path, "not_allowed" if public else hidden, body, **answers)


def meeting_rows() -> Iterator[Row]:
    """A meeting of ada's restricted room which bob attended as "p-bob"."""
    path = "/api/v1/meetings"
    yield row("GET", path, "not_signed_in", **to_accounts(200))
    bearers = (*CALLS, "call_left", "call_elsewhere")
    shut = {
        **all_of(bearers, "meeting_not_found"),
        **all_of(("call_bot", "call_late"), "invalid_token"),
    }
    answers = {**to_accounts("meeting_not_found"), "owner": 200, "member": 200, "call_bob": 200}
    yield row("GET", f"{path}/{{held}}", "not_signed_in", **shut, **answers)
    unknown = {**to_accounts("meeting_not_found"), "call_bob": "meeting_not_found"}
    yield row("GET", f"{path}/unknown", "not_signed_in", **shut, **unknown)


WRONG = {"email": "x@example.org", "password": "wrong"}
CHANGE = {"current": "wrong", "new": "a password of my own"}
GROUPS = {
    "account": [
        row("GET", "/api/v1/config", 200),
        row("POST", "/api/v1/session", "invalid_credentials", WRONG),
        row("GET", "/api/v1/session", "not_signed_in", **all_of((*SIGNED_IN, "one_time"), 200)),
        row(
            "PUT",
            "/api/v1/session/password",
            "not_signed_in",
            CHANGE,
            **all_of((*SIGNED_IN, "one_time"), "invalid_credentials"),
        ),
        row("GET", "/api/v1/rooms", "not_signed_in", **to_accounts(200)),
        row("POST", "/api/v1/rooms", "not_signed_in", {"title": "New"}, **to_accounts(201)),
        row("DELETE", "/api/v1/session", 204),
    ],
    **{f"{place} room": list(room_rows(place)) for place in PLACES},
    "call": list(in_call_rows()),
    "meetings": list(meeting_rows()),
}
"""Rows that are asked of one house, in this order: what destroys comes last."""
ROWS = [asked for group in GROUPS.values() for asked in group]


@dataclass
class Cast:
    """Everybody, and what the table's addresses stand for."""

    callers: dict[str, Caller]
    held: str


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
    await Caller(house.server, dict(callers["revoked"].cookies)).ask("DELETE", "/api/v1/session")
    return Cast(callers, held.meeting.id)


def with_token(house: House, slug: str, identity: str) -> Caller:
    return Caller(house.server, token=house.token(call_claims(slug, identity)))


@pytest.mark.parametrize("group", GROUPS)
async def test_everybody_gets_what_the_table_says(everybody: Cast, group: str) -> None:
    for asked in GROUPS[group]:
        path = asked.path.replace("{held}", everybody.held)
        # Refusals first: who succeeds may change what the others would find.
        in_order = sorted(everybody.callers, key=lambda who: isinstance(asked.expected(who), int))
        answers = {}
        for who in in_order:
            body = asked.body
            if body == WRONG:  # five failures of one account would be too many
                body = {**body, "email": f"{who}@example.org"}
            answers[who] = (await everybody.callers[who].ask(asked.method, path, body)).code
        expected = {who: asked.expected(who) for who in in_order}
        assert answers == expected, f"{asked.method} {path}"


def test_every_endpoint_of_the_api_is_in_the_table(house: House) -> None:
    in_app = {
        (route.method, route.resource.canonical)
        for route in house.server.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/api/")
    }
    assert {method for method, _ in in_app} <= {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
    in_table = {(asked.method, canonical(house.server.app, asked)) for asked in ROWS}
    in_table |= {("HEAD", path) for method, path in in_table if method == "GET"}
    assert in_app == in_table


def canonical(app: web.Application, asked: Row) -> str:
    """The route an address of the table belongs to."""
    for resource in app.router.resources():
        pattern = resource.get_info().get("pattern")
        path = asked.path.replace("{held}", "x")
        if resource.get_info().get("path") == path or (pattern and pattern.fullmatch(path)):
            return resource.canonical
    return asked.path


def test_every_row_names_people_who_exist(everybody: Cast) -> None:
    for asked in ROWS:
        assert set(asked.named) <= set(everybody.callers), asked.path
