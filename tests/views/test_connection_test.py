"""A room of one's own for a test: for two who cannot talk to each other, gone soon, never noted."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from tests.callers import Caller, House
from tests.test_metrics import read
from visio import hub
from visio.auth import tokens
from visio.auth.tokens import Grants
from visio.config import read_secrets
from visio.errors import Draining
from visio.hub import HUB
from visio.store.models import AuditEntry, Meeting, Webhook

pytestmark = pytest.mark.one_database

PATH = "/api/v1/connection-tests"
HOOKS = ("https://hooks.example.org/",)


@pytest.fixture
def settings_of_house(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = getattr(request, "param", {})
    return found


def having(**settings: object) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("settings_of_house", [settings], indirect=True)


async def answered(house: House) -> Mapping[str, Any]:
    answer = await house.anonymous().post(PATH)
    assert answer.status == 201, answer.body
    found: Mapping[str, Any] = answer.json
    return found


async def begun(house: House) -> tuple[Caller, Caller]:
    """The sender and the receiver."""
    found = await answered(house)
    return Caller(house.server, token=found["sender"]), Caller(
        house.server, token=found["receiver"]
    )


def grants(house: House, caller: Caller) -> Grants:
    keys = read_secrets(house.config).signing_keys
    found = tokens.verify(keys, caller.token, now=house.clock()).grants
    assert found
    return found


async def noted(house: House) -> list[int]:
    """How many meetings there have been, acts, and letters to webhooks."""
    tables = (Meeting.id, AuditEntry.number, Webhook.id)
    async with house.database.transaction() as session:
        return [await session.scalar(select(func.count(one))) or 0 for one in tables]


async def test_tokens_are_for_one_way_each(house: House) -> None:
    sender, receiver = [grants(house, one) for one in await begun(house)]
    assert sender.room == receiver.room
    assert (sender.can_publish, sender.can_subscribe, sender.can_publish_data) == (1, 0, 0)
    assert (receiver.can_publish, receiver.can_subscribe, receiver.can_publish_data) == (0, 1, 0)
    assert set(sender.can_publish_sources) == {"camera", "microphone"}


@having(webhooks=list(HOOKS), webhook_key="bot")
async def test_two_come_in_and_nothing_is_noted_of_it(house: House) -> None:
    before = await noted(house)
    for one in await begun(house):
        await house.connect(one)
    there = house.server.app[HUB]
    assert (there.all_open(), there.busy) == ([], False)
    await house.leave()
    assert await noted(house) == before


async def test_figures_tell_it_from_meetings(house: House) -> None:
    sender, _ = await begun(house)
    await house.connect(sender)
    value = await read(house)
    assert value("visio_meetings") == 0
    assert value("visio_participants", quality="connecting") == 0
    assert value("visio_joins_total", outcome="tested") == 1


async def test_once_it_is_over_its_tokens_open_nothing(house: House) -> None:
    sender, _ = await begun(house)
    await house.connect(sender)
    house.server.app[HUB].end_test(grants(house, sender).room)
    await house.hung_up()
    with pytest.raises(aiohttp.WSServerHandshakeError, match="404"):
        await house.connect(sender)


async def test_it_is_over_soon(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "TEST_LIFE", 0.0)
    sender, _ = await begun(house)
    with pytest.raises(aiohttp.WSServerHandshakeError, match="404"):
        await house.connect(sender)


async def test_room_of_a_test_is_not_to_be_found_or_made(house: House) -> None:
    sender, _ = await begun(house)
    name = grants(house, sender).room
    bot = house.token(tokens.Claims("bot", Grants(room_list=True), key="bot"))
    listed = await Caller(house.server, token=bot).post("/twirp/livekit.RoomService/ListRooms", {})
    assert listed.json == {}
    assert (await house.anonymous().post(f"/api/v1/rooms/{name}/join", {"name": "X"})).status == 403


async def test_there_is_nobody_to_say_anything_to(house: House) -> None:
    sender, _ = await begun(house)
    await house.connect(sender)
    room = f"/api/v1/rooms/{grants(house, sender).room}"
    said = await sender.post(f"{room}/messages", {"text": "Bonjour"})
    assert said.code == "not_allowed"


async def test_it_tells_where_media_go_and_what_time_it_is(house: House) -> None:
    found = await answered(house)
    media = house.server.app[HUB].media
    assert found["udp_ports"] == [one.port for one in media.threads()]
    assert found["tcp_port"] == media.tcp_port
    assert found["now"] == house.clock()
    assert found["relays"] == []


async def test_who_asks_too_often_waits(house: House) -> None:
    for _ in range(20):
        await answered(house)
    assert (await house.anonymous().post(PATH)).code == "too_many_attempts"


async def test_only_so_many_run_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "_MOST_TESTS", 1)
    await answered(house)
    assert (await house.anonymous().post(PATH)).code == "unavailable"


async def test_server_that_is_about_to_stop_takes_none(house: House) -> None:
    house.server.app[HUB].drain()
    assert (await house.anonymous().post(PATH)).code == Draining.code
    assert not house.server.app[HUB].is_test("")


@having(connection_test="accounts")
async def test_where_the_operator_says_so_it_is_for_accounts(house: House) -> None:
    assert (await house.anonymous().post(PATH)).code == "not_signed_in"
    ada = await house.signed_in(await house.account("ada@example.org"))
    assert (await ada.post(PATH)).status == 201


@having(support_email="aide@example.org")
async def test_everybody_is_told_whom_to_send_the_report(house: House) -> None:
    found = (await house.anonymous().get("/api/v1/config")).json
    assert found["support"] == "aide@example.org"
