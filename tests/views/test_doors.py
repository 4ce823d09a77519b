"""Tokens of every kind at every door, and what the server asks of others because of somebody."""

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

import visio
from tests.callers import BOT_KEY, Caller, House
from tests.views.test_lobby import connects
from visio.auth import delegation, keys, links, tokens
from visio.auth.delegation import Delegated
from visio.config import PRODUCT_KEY, read_secrets
from visio.store import services
from visio.store.models import Account

pytestmark = pytest.mark.one_database

Door = Callable[[House, str], Awaitable[str | int]]


async def by_cookie(house: House, token: str) -> str | int:
    return (await Caller(house.server, {"visio_session": token}).get("/api/v1/session")).code


async def by_key(house: House, token: str) -> str | int:
    return (await Caller(house.server, token=token).get("/api/v1/meetings")).code


async def in_call(house: House, token: str) -> str | int:
    path = "/api/v1/rooms/public-room/transcript"
    return (await Caller(house.server, token=token).get(path)).code


async def signalling(house: House, token: str) -> str | int:
    return await connects(house, token, "public-room")


async def server_api(house: House, token: str) -> str | int:
    path = "/twirp/livekit.RoomService/ListRooms"
    return (await Caller(house.server, token=token).post(path, {})).status


async def external(house: House, token: str) -> str | int:
    path = "/external-api/v1.0/rooms/"
    return (await Caller(house.server, token=token).get(path)).status


async def by_link(house: House, token: str) -> str | int:
    body = {"token": token}
    return (await house.anonymous().post("/api/v1/password-links/show", body)).code


DOORS: dict[str, tuple[Door, frozenset[str | int]]] = {
    "session": (by_cookie, frozenset({"not_signed_in"})),
    "key": (by_key, frozenset({"not_signed_in", "invalid_token"})),
    "call": (in_call, frozenset({"invalid_token"})),
    "signalling": (signalling, frozenset({401})),
    "server_api": (server_api, frozenset({401})),
    "application": (external, frozenset({401})),
    "link": (by_link, frozenset({"link_spent", "invalid_fields"})),
}
"""By the kind of token that opens it: how to knock, and what whoever has another is told."""
OPENS = {
    "session": {"session"},
    "key": {"key"},
    "call": {"call", "signalling"},
    "server_api": {"server_api"},
    "application": {"application"},
    "link": {"link"},
    "guest": set[str](),
}


async def test_a_token_opens_no_door_but_its_own(house: House) -> None:
    """T21: each kind of token at each door."""
    ada = await house.account("ada@example.org")
    await house.room(ada)
    found = await every_token(house, ada)
    assert found.keys() == OPENS.keys()
    for kind, token in found.items():
        for door, (knock, refusals) in DOORS.items():
            answer = await knock(house, token)
            if door in OPENS[kind]:
                assert answer in (200, 101), (kind, door)
            else:
                assert answer in refusals, (kind, door, answer)


async def every_token(house: House, ada: Account) -> dict[str, str]:
    """One of each kind, all of them good, and of one person where they can be."""
    host = await house.signed_in(ada)
    guest = house.anonymous()
    await guest.post("/api/v1/rooms/public-room/join", {"name": "Guest"})
    inside = await house.enter(host, "public-room")
    async with house.database.transaction() as session:
        service = await services.add(session, "Salle 12")
    every = [scope for scope in keys.SCOPES if scope != "rooms:provision"]
    scopes, day = cast("list[keys.Scope]", every), timedelta(days=1)
    key, text = await keys.make(
        house.database, service, "x", scopes, house.clock(), lifetime=day, domains=["example.org"]
    )
    secret = read_secrets(house.config).signing_keys[PRODUCT_KEY]
    lists = tokens.Claims("bot", tokens.Grants(room_list=True), key=BOT_KEY)
    return {
        "session": host.cookies["visio_session"],
        "key": text,
        "call": inside.token,
        "server_api": house.token(lists),
        "application": delegation.issue(secret, Delegated(key.id, ada.id), house.clock()),
        "link": await links.make(house.database, ada.id, "reset", house.clock()),
        "guest": guest.cookies["visio_guest"],
    }


async def test_no_address_that_somebody_types_is_ever_asked(house: House, office: object) -> None:
    """T29: what looks like an address stays text, wherever it can be typed."""
    asked: list[object] = []
    listener = await asyncio.start_server(
        lambda _, writer: (asked.append(writer), writer.close()), "127.0.0.1", 0
    )
    url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/x"
    root = await house.signed_in(await house.account("root@example.org", administrator=True))
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}"/></svg>'
    logo = base64.b64encode(drawn.encode()).decode()
    look: dict[str, Any] = {"name": url, "footer_fr": url, "footer_en": url}
    look["links"] = [{"url": url, "fr": url, "en": url}]
    times = {"begins": "2100-01-04T10:00", "ends": "2100-01-04T11:00", "zone": "UTC"}
    for method, path, body in (
        ("PUT", "/api/v1/branding", look),
        (
            "POST",
            "/api/v1/branding/preview",
            {**look, "logo": logo},
        ),
        ("POST", "/api/v1/rooms", {"title": url, "access": "public"}),
        ("POST", "/api/v1/scheduled-meetings", {"title": url, "agenda": url, **times}),
        ("POST", "/api/v1/accounts", {"email": "x@example.org", "name": url, "language": "fr"}),
        ("POST", "/api/v1/services", {"name": url}),
    ):
        answer = await root.ask(method, path, body)
        assert answer.status < 300 or answer.code == "logo_unusable", (path, answer.body)
    table = f"title,owner\n{url},root@example.org\n".encode()
    assert (await root.send("POST", "/api/v1/room-imports", table, "text/csv")).status == 200
    (room, *_) = (await root.get("/api/v1/rooms")).json["rooms"]
    await house.enter(root, room["slug"])
    await root.get(f"/oidc/start?next={url}")
    await root.get(f"/login?next={url}")
    listener.close()
    await listener.wait_closed()
    assert asked == []


def test_requests_go_where_settings_say_and_nowhere_else() -> None:
    """T29: only what settings name is asked for something: the identity provider, the receivers of
    webhooks, and the language model; by the doctor, all that they name."""
    folder = Path(visio.__file__).parent
    asks = re.compile(r"ClientSession\(|urlopen|http\.client|open_connection|create_connection")
    found = {
        str(file.relative_to(folder))
        for file in folder.rglob("*.py")
        if asks.search(file.read_text())
    }
    doctor = {f"doctor/{name}.py" for name in ("certificates", "host", "peers", "turn")}
    assert found - doctor == {"auth/provider.py", "livekit/webhooks.py", "minutes/endpoint.py"}
