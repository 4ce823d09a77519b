import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from tests.callers import Answer, Caller, House
from tests.queries import queries
from visio.auth import tokens
from visio.config import read_secrets
from visio.hub import HUB
from visio.store.models import Account

pytestmark = pytest.mark.one_database

ROOM = "/api/v1/rooms/restricted-room"


@dataclass
class Knocker:
    """Somebody before the door, with the frames the server sends."""

    socket: aiohttp.ClientWebSocketResponse
    cookies: dict[str, str]

    async def told(self) -> dict[str, Any]:
        frame: dict[str, Any] = await self.socket.receive_json(timeout=10)
        return frame

    async def expect(self, state: str) -> dict[str, Any]:
        frame = await self.told()
        assert frame["state"] == state, frame
        return frame

    async def is_closed(self) -> bool:
        return (await self.socket.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE


@asynccontextmanager
async def knocking(
    house: House, slug: str, name: str | None = "Ali", caller: Caller | None = None, **headers: str
) -> AsyncIterator[Knocker]:
    cookies = (caller or house.anonymous()).cookies
    headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    url = house.server.make_url(f"/api/v1/rooms/{slug}/lobby")
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
        http.ws_connect(url, headers=headers) as socket,
    ):
        await socket.send_json({"name": name, "shared_microphone": False})
        set_cookie = socket._response.cookies
        yield Knocker(socket, {name: morsel.value for name, morsel in set_cookie.items()})


async def host_of(house: House, access: str = "restricted") -> tuple[Account, Caller]:
    """The room's owner, inside it."""
    account = await house.account("ada@example.org")
    await house.room(account, access)
    return account, await house.enter(await house.signed_in(account), f"{access}-room")


async def waiting(host: Caller, count: int) -> list[dict[str, Any]]:
    """Whom the host sees, once they are that many: what is pushed is pushed by now."""
    answer = await host.get(f"{ROOM}/waiting")
    assert len(answer.json["waiting"]) == count, answer.json
    found: list[dict[str, Any]] = answer.json["waiting"]
    return found


async def admit(host: Caller, *knocks: str) -> Answer:
    return await host.post(f"{ROOM}/waiting/admit", {"knocks": list(knocks) or None})


async def test_a_guest_waits_until_a_host_lets_them_in(house: House) -> None:
    _, host = await host_of(house)
    async with knocking(house, "restricted-room") as ali:
        assert await ali.expect("asked") == {"state": "asked", "message": ""}
        (shown,) = await waiting(host, 1)
        assert (shown["name"], shown["kind"]) == ("Ali", "guest")
        assert (await admit(host, shown["id"])).status == 204
        entry = (await ali.expect("admitted"))["entry"]
        assert await ali.is_closed()
    inside = Caller(house.server, token=entry["token"])
    await house.connect(inside)
    assert (await inside.get(f"{ROOM}/transcript")).status == 200
    await waiting(host, 0)


async def test_who_waits_gets_nothing_of_the_meeting(house: House) -> None:
    """T18: no media, roster, chat, key or token for whoever is not let in, with a raw client."""
    _, host = await host_of(house)
    async with knocking(house, "restricted-room") as ali:
        frame = await ali.expect("asked")
        assert frame.keys() == {"state", "message"}
        guest = Caller(house.server, ali.cookies)
        assert (await guest.post(f"{ROOM}/join", {"name": "Ali"})).code == "must_knock"
        assert (await guest.get(ROOM)).code == "room_not_found"
        for path in ("transcript", "waiting"):
            assert (await guest.get(f"{ROOM}/{path}")).code == "invalid_token"
        # Whatever it says on its socket, it is told nothing and brings nothing about.
        await ali.socket.send_json({"state": "admitted"})
        await ali.socket.send_bytes(b"\x12\x00")
        # A token by which it could connect: signed by us for another room, and by nobody.
        for token in ("", "x.y.z", house.token(_claims("public-room"))):
            assert await connects(house, token, "restricted-room") != 101
        assert [one["name"] for one in await waiting(host, 1)] == ["Ali"]
        assert house.server.app[HUB].live("restricted-room") == 1


async def test_a_token_of_ours_for_a_room_that_one_was_not_let_into_opens_nothing(
    house: House,
) -> None:
    """The door looks at the room, not only at the token."""
    await host_of(house)
    claims = _claims("restricted-room")
    assert await connects(house, house.token(claims), "restricted-room") == 403
    account = await house.account("eve@example.org")
    claims = tokens.Claims("p-eve", claims.grants, "Eve", account=account.id, meeting="another")
    assert await connects(house, house.token(claims), "restricted-room") == 403


async def test_a_removed_guest_does_not_come_back_with_the_old_token(house: House) -> None:
    """T18."""
    _, host = await host_of(house)
    guest = await let_in(house, host)
    identity = claims_of(house, guest).identity
    removed = await host.post(f"{ROOM}/participants/{identity}/remove", {"ban": False})
    assert removed.status == 204
    assert await connects(house, guest.token, "restricted-room") == 403
    assert (await guest.get(f"{ROOM}/transcript")).code == "not_allowed"
    async with knocking(house, "restricted-room") as again:
        await again.expect("asked")


async def test_who_was_let_in_is_let_into_that_meeting_only(house: House) -> None:
    account, host = await host_of(house)
    guest = await let_in(house, host)
    assert (await host.post(f"{ROOM}/end")).status == 204
    await house.enter(await house.signed_in(account), "restricted-room")
    assert await connects(house, guest.token, "restricted-room") == 403


@pytest.mark.parametrize("ban", [False, True])
async def test_a_denied_one_is_told_and_a_banned_one_for_good(house: House, ban: bool) -> None:
    _, host = await host_of(house)
    async with knocking(house, "restricted-room") as ali:
        await ali.expect("asked")
        (shown,) = await waiting(host, 1)
        answer = {"knocks": [shown["id"]], "ban": ban}
        assert (await host.post(f"{ROOM}/waiting/deny", answer)).status == 204
        await ali.expect("denied")
        assert await ali.is_closed()
    same_browser = Caller(house.server, ali.cookies)
    async with knocking(house, "restricted-room", caller=same_browser) as again:
        await again.expect("denied" if ban else "asked")
        await waiting(host, 0 if ban else 1)


async def test_a_banned_account_neither_enters_nor_asks(house: House) -> None:
    _, host = await host_of(house, "public")
    bob = await house.signed_in(await house.account("bob@example.org"))
    inside = await house.enter(bob, "public-room")
    identity = claims_of(house, inside).identity
    path = f"/api/v1/rooms/public-room/participants/{identity}/remove"
    assert (await host.post(path, {"ban": True})).status == 204
    assert (await bob.post("/api/v1/rooms/public-room/join", {})).code == "not_admitted"
    assert await connects(house, inside.token, "public-room") == 403
    async with knocking(house, "public-room", caller=bob) as knock:
        await knock.expect("denied")
    owner = await house.signed_in(await _account(house, "ada@example.org"))
    (ban,) = (await owner.get("/api/v1/rooms/public-room/bans")).json["bans"]
    assert (ban["name"], ban["kind"]) == ("Bob", "account")
    lifted = await owner.ask("DELETE", f"/api/v1/rooms/public-room/bans/{ban['id']}")
    assert lifted.status == 204
    assert (await bob.post("/api/v1/rooms/public-room/join", {})).status == 200


async def test_those_who_wait_are_told_of_hosts_coming_and_going(house: House) -> None:
    account = await house.account("ada@example.org")
    await house.room(account, "restricted")
    async with knocking(house, "restricted-room") as ali:
        await ali.expect("absent")
        host = await house.enter(await house.signed_in(account), "restricted-room")
        await ali.expect("asked")
        said = await host.ask("PUT", f"{ROOM}/waiting/message", {"text": "In five minutes"})
        assert said.status == 204
        assert (await ali.expect("asked"))["message"] == "In five minutes"
        await house.leave()
        assert (await ali.expect("absent"))["message"] == ""


async def test_a_locked_room_lets_nobody_in_until_it_is_unlocked(house: House) -> None:
    """T18: neither by the page's requests nor by a token of ours."""
    account, host = await host_of(house)
    bob = await house.account("bob@example.org")
    await house.member(await _room(house), bob)
    async with knocking(house, "restricted-room") as ali:
        await ali.expect("asked")
        assert (await host.ask("PATCH", ROOM, {"locked": True})).status == 200
        await ali.expect("locked")
        assert (await admit(host)).code == "room_locked"
        member = await house.signed_in(bob)
        assert (await member.post(f"{ROOM}/join", {})).code == "room_locked"
        claims = tokens.Claims("p-bob", _claims("restricted-room").grants, "Bob", account=bob.id)
        assert await connects(house, house.token(claims), "restricted-room") == 403
        owner = await house.signed_in(account)
        assert (await owner.post(f"{ROOM}/join", {})).status == 200
        assert (await host.ask("PATCH", ROOM, {"locked": False})).status == 200
        await ali.expect("asked")
        assert (await admit(host)).status == 204
        await ali.expect("admitted")


async def test_who_was_inside_comes_back_into_a_locked_room(house: House) -> None:
    _, host = await host_of(house)
    guest = await let_in(house, host)
    assert (await host.ask("PATCH", ROOM, {"locked": True})).status == 200
    assert await connects(house, guest.token, "restricted-room") == 101


@pytest.mark.parametrize(("access", "admitted"), [("public", ["Ali", "Bob"]), ("trusted", ["Bob"])])
async def test_another_access_lets_in_whom_it_concerns(
    house: House, access: str, admitted: list[str]
) -> None:
    _, host = await host_of(house)
    bob = await house.signed_in(await house.account("bob@example.org"))
    async with (
        knocking(house, "restricted-room", "Ali") as ali,
        knocking(house, "restricted-room", None, caller=bob) as member,
    ):
        for one in (ali, member):
            await one.expect("asked")
        assert {(one["name"], one["kind"]) for one in await waiting(host, 2)} == {
            ("Ali", "guest"),
            ("Bob", "account"),
        }
        assert (await host.ask("PATCH", ROOM, {"access": access})).status == 200
        for name, one in (("Ali", ali), ("Bob", member)):
            if name in admitted:
                await one.expect("admitted")
        await waiting(host, 2 - len(admitted))


async def test_an_account_that_becomes_a_member_waits_no_longer(house: House) -> None:
    account, _ = await host_of(house)
    bob = await house.account("bob@example.org")
    async with knocking(house, "restricted-room", None, await house.signed_in(bob)) as knock:
        await knock.expect("asked")
        owner = await house.signed_in(account)
        added = await owner.post(f"{ROOM}/members", {"email": "Bob@example.org"})
        assert added.status == 204
        await knock.expect("admitted")


async def test_whoever_may_enter_is_let_in_at_once(house: House) -> None:
    await host_of(house, "public")
    async with knocking(house, "public-room") as ali:
        await ali.expect("admitted")


async def test_who_goes_is_no_longer_shown(house: House) -> None:
    _, host = await host_of(house)
    async with knocking(house, "restricted-room") as ali:
        await ali.expect("asked")
    async with asyncio.timeout(10):
        while (await host.get(f"{ROOM}/waiting")).json["waiting"]:
            pass  # each look is a request


async def test_unknown_private_and_deleted_rooms_answer_alike(house: House) -> None:
    """T16: the same bytes after the same number of queries, whatever is asked."""
    owner = await house.account("ada@example.org")
    for access in ("restricted", "trusted"):
        await house.room(owner, access)
    await house.room(owner, "public", "deleted-room")
    gone = await (await house.signed_in(owner)).ask("DELETE", "/api/v1/rooms/deleted-room")
    assert gone.status == 204
    slugs = ("unknown-room", "restricted-room", "trusted-room", "deleted-room")
    seen = {slug: await everything(house, slug) for slug in slugs}
    assert [seen[slug] for slug in slugs] == [seen["unknown-room"]] * 4
    assert seen["unknown-room"][0] == ("room_not_found", 1)


async def everything(house: House, slug: str) -> list[tuple[object, int]]:
    """What a stranger is answered in every way to ask, and how many queries it took."""
    found: list[tuple[object, int]] = []
    path = f"/api/v1/rooms/{slug}"
    guest = house.anonymous()
    for method, address, body in (
        ("GET", path, None),
        ("POST", f"{path}/join", {"name": "x"}),
        ("GET", f"{path}/members", None),
        ("PATCH", path, {"title": "x"}),
        ("DELETE", path, None),
        ("GET", f"{path}/lobby", None),
    ):
        with queries(house) as counted:
            answer = await guest.ask(method, address, body)
        kept = {k: v for k, v in answer.headers.items() if k != "Date"}
        found.append((answer.code, len(counted)))
        found.append(((answer.status, answer.body, kept), 0))
    with queries(house) as counted:
        async with knocking(house, slug) as knock:
            found.append((await knock.socket.receive_str(timeout=10), 0))
    found.append((knock.cookies.keys(), len(counted)))
    return found


async def test_guessing_rooms_at_the_lobby_is_slowed_down_too(house: House) -> None:
    """T16: a hundred a minute."""
    guest = house.anonymous()
    for number in range(100):
        code = (await guest.post(f"/api/v1/rooms/guess-{number}/join", {"name": "x"})).code
        assert code == "must_knock"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with knocking(house, "restricted-room"):
            pass
    assert refused.value.status == 429
    house.clock.move(timedelta(minutes=1))
    async with knocking(house, "restricted-room") as knock:
        await knock.expect("absent")


async def test_one_browser_does_not_knock_without_end(house: House) -> None:
    await host_of(house)
    async with knocking(house, "restricted-room") as first:
        await first.expect("asked")
    same = Caller(house.server, first.cookies)
    for _ in range(9):
        async with knocking(house, "restricted-room", caller=same) as again:
            await again.expect("asked")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with knocking(house, "restricted-room", caller=same):
            pass
    assert refused.value.status == 429


@pytest.mark.parametrize(
    "body", ["no json", "[]", '{"name": ""}', '{"name": "\\u202e"}', '{"admitted": true}', "{}"]
)
async def test_who_does_not_introduce_themselves_is_sent_away(house: House, body: str) -> None:
    url = house.server.make_url("/api/v1/rooms/unknown-room/lobby")
    async with aiohttp.ClientSession() as http, http.ws_connect(url) as socket:
        await socket.send_str(body)
        message = await socket.receive(timeout=10)
    assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1008)


async def test_another_sites_page_cannot_knock_with_our_cookies(house: House) -> None:
    """T37: hijacked sockets."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with knocking(house, "unknown-room", Origin="https://evil.example"):
            pass
    assert refused.value.status == 403


async def test_hosts_alone_answer_those_who_wait(house: House) -> None:
    _, host = await host_of(house)
    guest = await let_in(house, host)
    for method, path, body in (
        ("GET", "waiting", None),
        ("POST", "waiting/admit", {}),
        ("POST", "waiting/deny", {}),
        ("PUT", "waiting/message", {"text": "x"}),
        ("POST", "end", None),
    ):
        assert (await guest.ask(method, f"{ROOM}/{path}", body)).code == "not_allowed"


async def let_in(house: House, host: Caller) -> Caller:
    """A guest, through the lobby, inside."""
    async with knocking(house, "restricted-room") as knock:
        await knock.expect("asked")
        assert (await admit(host)).status == 204
        entry = (await knock.expect("admitted"))["entry"]
    guest = Caller(house.server, token=entry["token"])
    await house.connect(guest)
    return guest


async def connects(house: House, token: str, slug: str) -> int:
    """What the signalling answers to that token; 101 lets it in."""
    try:
        await house.connect(Caller(house.server, token=token))
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status
    return 101


def claims_of(house: House, caller: Caller) -> tokens.Claims:
    keys = read_secrets(house.config).signing_keys
    return tokens.verify(keys, caller.token, now=house.clock())


def _claims(slug: str) -> tokens.Claims:
    return tokens.Claims("p-x", tokens.Grants(room=slug, room_join=True), "X")


async def _account(house: House, email: str) -> Account:
    from visio.store import accounts

    async with house.database.transaction() as session:
        account = await accounts.by_email(session, email)
    assert account is not None
    return account


async def _room(house: House) -> Any:
    from visio.store import rooms

    async with house.database.transaction() as session:
        return await rooms.by_slug(session, "restricted-room")
