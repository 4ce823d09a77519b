"""Webhooks of the whole server, checked by `livekit-api` as their receivers do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from livekit import api
from livekit.protocol import models, rtc
from livekit.protocol.webhook import WebhookEvent
from sqlalchemy import select

from tests.callers import BOT_KEY, BOT_SECRET, make_config
from tests.livekit.caller import called
from tests.livekit.signal import PATIENCE, wrapped
from visio.app import make_app
from visio.auth import tokens
from visio.auth.tokens import Claims
from visio.config import Config, WebhookTarget
from visio.hub import make_id, wall_clock
from visio.livekit import Webhooks
from visio.store.database import Database
from visio.store.models import Webhook

pytestmark = pytest.mark.one_database

KEYS = {BOT_KEY: BOT_SECRET}


@dataclass
class Receiver:
    """An HTTP server that checks and keeps what it is sent; `refusals` are answered first."""

    server: TestServer
    refusals: list[int] = field(default_factory=list)
    tried: list[WebhookEvent] = field(default_factory=list)
    _attempted: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    _taken: asyncio.Queue[WebhookEvent] = field(default_factory=asyncio.Queue)

    @property
    def target(self) -> WebhookTarget:
        return WebhookTarget(url=self.url)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/hook"))

    async def handle(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/webhook+json"
        checker = api.WebhookReceiver(api.TokenVerifier(BOT_KEY, BOT_SECRET))
        text = await request.text()
        event = checker.receive(text, request.headers["Authorization"])
        self.tried.append(event)
        self._attempted.release()
        if self.refusals:
            status = self.refusals.pop(0)
            return web.Response(status=status, headers={"Location": "/elsewhere"})
        self._taken.put_nowait(event)
        return web.Response(status=204)

    async def take(self) -> WebhookEvent:
        """The next event that was answered 2xx."""
        async with asyncio.timeout(PATIENCE):
            return await self._taken.get()

    async def attempts(self, count: int) -> None:
        """Wait for so many, taken or not."""
        async with asyncio.timeout(PATIENCE):
            for _ in range(count):
                await self._attempted.acquire()

    async def names(self, count: int) -> list[str]:
        return [(await self.take()).event for _ in range(count)]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that takes everything, unless told to refuse."""
    async with _receiver() as receiver:
        yield receiver


@asynccontextmanager
async def _receiver() -> AsyncIterator[Receiver]:
    async def handle(request: web.Request) -> web.Response:
        return await receiver.handle(request)

    app = web.Application()
    app.router.add_post("/hook", handle)
    async with TestServer(app) as server:
        receiver = Receiver(server)
        yield receiver


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow one another without a pause one would notice."""
    monkeypatch.setattr("visio.livekit.webhooks._FIRST_PAUSE", 0.001)
    monkeypatch.setattr("visio.livekit.webhooks._LONGEST_PAUSE", 0.01)


def delivery(
    database: Database, *targets: WebhookTarget, now: Callable[[], int] = wall_clock
) -> Webhooks:
    def sign(sha256: str) -> str:
        claims = Claims(identity="", key=BOT_KEY, sha256=sha256)
        return tokens.issue(KEYS, claims, ttl=timedelta(minutes=5), now=wall_clock())

    return Webhooks(database, targets, sign, timedelta(seconds=30), now)


@asynccontextmanager
async def delivering(*args: Any, **options: Any) -> AsyncIterator[Webhooks]:
    webhooks = delivery(*args, **options)
    await webhooks.open()
    yield webhooks
    await webhooks.close()


def event(name: str = "room_started", room: str = "council") -> WebhookEvent:
    return WebhookEvent(
        event=name, room=models.Room(name=room), id=make_id("EV_"), created_at=1_800_000_000
    )


async def waiting(database: Database) -> list[str]:
    """The events that are still rows."""
    async with database.transaction() as session:
        rows = await session.scalars(select(Webhook).order_by(Webhook.sequence))
        return [row.event for row in rows]


async def until(look: Callable[[], Awaitable[list[str]]], expected: list[str]) -> None:
    """Look into the database until it is so."""
    async with asyncio.timeout(PATIENCE):
        while await look() != expected:  # noqa: ASYNC110 - rows tell nobody
            await asyncio.sleep(0.01)


async def forgotten(database: Database) -> None:
    """Wait until every row is gone: a moment after its last delivery."""
    await until(lambda: waiting(database), [])


# The whole server


@dataclass
class Server:
    server: TestServer
    config: Config

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    def bots(self) -> api.LiveKitAPI:
        return api.LiveKitAPI(self.url, BOT_KEY, BOT_SECRET)

    def token(self, identity: str) -> str:
        grants = api.VideoGrants(room_join=True, room="council")
        token = api.AccessToken(BOT_KEY, BOT_SECRET).with_identity(identity)
        return token.with_grants(grants).to_jwt()


@asynccontextmanager
async def serving(
    database_url: str, folder: Path, *targets: WebhookTarget
) -> AsyncIterator[Server]:
    hooks = {"webhooks": [*targets], "webhook_key": BOT_KEY}
    config = make_config(database_url, folder).model_copy(update=hooks)
    async with TestServer(make_app(config)) as server:
        yield Server(server, config)


@pytest.mark.slow
@pytest.mark.rule(308, 310, client="api")
async def test_a_meeting_is_told_in_order(
    database_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    async with (
        serving(database_url, tmp_path, receiver.target) as server,
        server.bots() as bots,
    ):
        async with called(server.url.replace("http", "ws", 1), server.token("ada")) as (ada,):
            publication = await ada.speak(440)
            joined, published = [await receiver.take() for _ in range(3)][1:]
            await ada.me.unpublish_track(publication.sid)
            unpublished = await receiver.take()
        left = await receiver.take()
        await bots.room.delete_room(api.DeleteRoomRequest(room="council"))
        finished = await receiver.take()
    events = [joined, published, unpublished, left, finished]
    assert [one.event for one in events] == [
        "participant_joined",
        "track_published",
        "track_unpublished",
        "participant_left",
        "room_finished",
    ]
    assert receiver.tried[0].event == "room_started"
    assert len({one.room.sid for one in receiver.tried}) == 1
    assert len({one.id for one in receiver.tried}) == len(receiver.tried)
    assert {one.participant.identity for one in events[:4]} == {"ada"}
    assert published.track.sid == unpublished.track.sid == publication.sid
    assert published.track.source == models.MICROPHONE
    assert left.participant.disconnect_reason == models.CLIENT_INITIATED
    assert finished.room_end_reason == models.ROOM_END_API_DELETE


@pytest.mark.rule(310, 311, client="api")
async def test_a_server_that_stops_tells_the_end_when_it_starts_again(
    database_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    """And somebody without media connection was never there."""
    receiver.refusals = [503] * 1000
    async with serving(database_url, tmp_path, receiver.target) as server, server.bots() as bots:
        await bots.room.create_room(api.CreateRoomRequest(name="council"))
        async with signalled(server, "ada"):
            await server.server.close()
    receiver.refusals.clear()
    async with serving(database_url, tmp_path, receiver.target):
        events = [await receiver.take() for _ in range(3)]
    assert [one.event for one in events] == [
        "room_started",
        "participant_connection_aborted",
        "room_finished",
    ]
    assert events[2].room_end_reason == models.ROOM_END_SERVER_SHUTDOWN


@asynccontextmanager
async def signalled(server: Server, identity: str) -> AsyncIterator[None]:
    """A participant who never connects its media."""
    query = {"access_token": server.token(identity), "join_request": wrapped(rtc.JoinRequest())}
    async with (
        ClientSession() as http,
        http.ws_connect(f"{server.url}/rtc/v1", params=query) as socket,
    ):
        await socket.receive_bytes()
        yield


# Delivery


@pytest.mark.rule(311, client="api")
async def test_refused_events_come_again_in_order_until_taken(
    database: Database, receiver: Receiver, soon: None
) -> None:
    receiver.refusals = [500, 422, 302]  # a redirect is not followed either
    async with delivering(database, receiver.target) as webhooks:
        for name in ("room_started", "participant_joined", "participant_left"):
            webhooks.report(event(name))
        assert await receiver.names(3) == ["room_started", "participant_joined", "participant_left"]
        await forgotten(database)
    assert [one.event for one in receiver.tried[:4]] == ["room_started"] * 4
    assert len({one.id for one in receiver.tried[:4]}) == 1


@pytest.mark.rule(309, client="api")
async def test_what_is_signed_is_what_is_sent(database: Database, receiver: Receiver) -> None:
    """Names in any script; the token has no Bearer and five minutes to live."""
    told = event(room="salle été 会議")
    async with delivering(database, receiver.target) as webhooks:
        webhooks.report(told)
        assert await receiver.take() == told


@pytest.mark.rule(312, client="api")
async def test_each_url_gets_what_it_asked_for(database: Database, receiver: Receiver) -> None:
    async with _receiver() as other:
        targets = [
            WebhookTarget(url=receiver.url, include_events=["room_started", "room_finished"]),
            WebhookTarget(url=other.url, exclude_events=["participant_connection_aborted"]),
        ]
        async with delivering(database, *targets) as webhooks:
            for name in ("room_started", "participant_connection_aborted", "room_finished"):
                webhooks.report(event(name))
            for one in (receiver, other):
                assert await one.names(2) == ["room_started", "room_finished"]
        assert len(receiver.tried) == len(other.tried) == 2


async def test_rooms_do_not_wait_for_one_another(
    database: Database, receiver: Receiver, soon: None
) -> None:
    async with _receiver() as ill:
        ill.refusals = [503] * 100_000
        async with delivering(database, ill.target, receiver.target) as webhooks:
            for room in ("a", "b", "a"):
                webhooks.report(event(room=room))
            rooms = [(await receiver.take()).room.name for _ in range(3)]
            assert sorted(rooms) == ["a", "a", "b"]
            ill.refusals.clear()
            assert len(await ill.names(3)) == 3


async def test_what_a_killed_server_left_is_delivered_by_the_next(
    database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it was down: only the time it runs counts against its patience."""
    monkeypatch.setattr("visio.livekit.webhooks._GOODBYE", 0.0)
    later = wall_clock() + 3_600_000
    receiver.refusals = [503] * 1000  # however long it takes until it is killed
    killed = delivery(database, receiver.target)
    await killed.open()
    for name in ("room_started", "room_finished"):
        killed.report(event(name))
    await until(lambda: waiting(database), ["room_started", "room_finished"])
    await killed.close()
    receiver.refusals.clear()
    assert await waiting(database) == ["room_started", "room_finished"]
    async with delivering(database, receiver.target, now=lambda: later) as webhooks:
        webhooks.report(event("participant_joined"))
        assert await receiver.names(3) == ["room_started", "room_finished", "participant_joined"]
        await forgotten(database)


@pytest.mark.rule(311, client="api")
async def test_what_is_never_taken_is_given_up(
    database: Database, receiver: Receiver, soon: None
) -> None:
    times = [wall_clock()]
    receiver.refusals = [500] * 100_000
    async with delivering(database, receiver.target, now=lambda: times[0]) as webhooks:
        webhooks.report(event())
        await receiver.attempts(3)
        times[0] += 31_000
        await forgotten(database)
        receiver.refusals.clear()
        webhooks.report(event("room_finished"))
        assert (await receiver.take()).event == "room_finished"


async def test_what_waits_for_a_url_that_is_no_longer_configured_is_forgotten(
    database: Database, receiver: Receiver
) -> None:
    async with database.transaction() as session:
        row = {"sequence": 7, "room": "r", "event": "room_started", "body": b"{}"}
        session.add(Webhook(url="http://127.0.0.1:9/gone", **row))
    async with delivering(database, receiver.target) as webhooks:
        assert await waiting(database) == []
        webhooks.report(event())
        assert (await receiver.take()).event == "room_started"


async def test_events_wait_for_a_database_that_takes_none(
    database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.livekit.webhooks._DATABASE_PAUSE", 0.01)
    broken = asyncio.Event()

    async def refuse(*_: Any) -> None:
        broken.set()
        raise OSError("no space")

    async with delivering(database, receiver.target) as webhooks:
        with monkeypatch.context() as ill:
            ill.setattr("visio.store.webhooks.add", refuse)
            webhooks.report(event())
            await broken.wait()
        assert (await receiver.take()).event == "room_started"
