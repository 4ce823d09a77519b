import asyncio

import pytest
from aiohttp import WSServerHandshakeError
from livekit.protocol import models, rtc

from tests.livekit.signal import connected, joined, wrapped
from tests.livekit.site import Site
from visio.livekit import Turn

pytestmark = pytest.mark.one_database

NO_ROOM = "requested room does not exist"


async def refused(site: Site, path: str, **query: str) -> int:
    with pytest.raises(WSServerHandshakeError) as refusal:
        await site.http.ws_connect(f"{site.url}{path}", params=query)
    return refusal.value.status


async def validated(site: Site, path: str, **query: str) -> tuple[int, str, str | None]:
    url = f"{site.url}{path}".replace("ws://", "http://")
    async with site.http.get(url, params=query, headers={"Origin": "https://elsewhere"}) as answer:
        allowed = answer.headers.get("Access-Control-Allow-Origin")
        return answer.status, await answer.text(), allowed


@pytest.mark.rule(3, 59, 60, client="raw")
async def test_join_is_refused_before_the_upgrade_with_the_status_clients_know(site: Site) -> None:
    good, empty = site.token("ada"), wrapped(rtc.JoinRequest())
    assert await refused(site, "/rtc/v1", join_request=empty) == 401
    assert await refused(site, "/rtc/v1", access_token=good) == 400
    assert await refused(site, "/rtc/v1", access_token=good, join_request="%%") == 400


@pytest.mark.rule(61, client="raw")
async def test_product_tokens_open_product_rooms_only(site: Site) -> None:
    empty = wrapped(rtc.JoinRequest())
    stranger = site.token("ada", "no-such-room", "visio")
    assert await refused(site, "/rtc/v1", access_token=stranger, join_request=empty) == 404
    await site.make_room("council")
    async with joined(site, "ada", "council", "visio") as ada:
        assert ada.join.room.name == "council"


@pytest.mark.rule(4, 61, client="raw")
async def test_validate_answers_like_a_join_and_to_every_origin(site: Site) -> None:
    good, empty = site.token("ada"), wrapped(rtc.JoinRequest())
    stranger = site.token("ada", "no-such-room", "visio")
    for path, query in (("/rtc/v1/validate", {"join_request": empty}), ("/rtc/validate", {})):
        ok = await validated(site, path, access_token=good, **query)
        assert ok == (200, "success", "*")
        assert await validated(site, path, **query) == (401, "invalid token", "*")
        missing = await validated(site, path, access_token=stranger, **query)
        assert missing == (404, NO_ROOM, "*")
    assert await validated(site, "/rtc/v1/validate", access_token=good) == (
        400,
        "missing join_request",
        "*",
    )


@pytest.mark.rule(7, client="raw")
async def test_address_with_a_slash_at_its_end_works(site: Site) -> None:
    empty = wrapped(rtc.JoinRequest())
    query = {"access_token": site.token("ada"), "join_request": empty}
    async with site.http.ws_connect(f"{site.url}//rtc/v1", params=query) as socket:
        assert await socket.receive_bytes()


@pytest.mark.rule(71, 72, 273, 277, client="raw")
async def test_resume_of_an_unknown_session_asks_for_a_new_join(site: Site) -> None:
    request = rtc.JoinRequest(reconnect=True, participant_sid="PA_gone")
    async with joined(site, "ada"), connected(site, site.token("ada"), request) as stranger:
        leave = await stranger.expect("leave")
        assert leave.reason == models.STATE_MISMATCH
        assert leave.action == rtc.LeaveRequest.RECONNECT
        assert await stranger.closed() == 1000


async def test_concurrent_joins_open_one_room(site: Site) -> None:
    await site.make_room("council")

    async def join(number: int) -> str:
        async with joined(site, f"p{number}", "council", "visio") as signal:
            return str(signal.join.room.sid)

    assert len(set(await asyncio.gather(*map(join, range(5))))) == 1


@pytest.mark.rule(109, client="raw")
def test_turn_credentials_are_for_one_participant_and_run_out() -> None:
    turn = Turn(urls=("turn:turn.example.org:3478",), secret="s" * 32)
    (server,) = turn.ice_servers("PA_1", 1_000_000)
    assert server.username == "1300:PA_1"
    # echo -n 1300:PA_1 | openssl dgst -sha1 -hmac "$(printf 's%.0s' {1..32})" -binary | base64
    assert server.credential == "jAMAfYDeMZzbrtlm21w+2khcpts="
    assert Turn().ice_servers("PA_1", 1_000_000) == []
