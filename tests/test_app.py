import asyncio
import logging
import re
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web

import visio.app
from tests.bombs import BOMBS, HALVES
from tests.callers import House, make_config
from tests.store import samples
from visio.app import make_app, make_runner
from visio.errors import ConfigError
from visio.store import schema
from visio.store.database import Database
from visio.store.models import Meeting
from visio.views.state import DATABASE

pytestmark = pytest.mark.one_database


@pytest.fixture
async def address(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[str, int]]:
    """The server as it is run, except that heads have to come fast."""
    monkeypatch.setattr(visio.app, "_HEAD_TIMEOUT", 0.5)
    runner = make_runner(make_app(make_config(database_url, tmp_path)))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0]
    await runner.cleanup()


async def answer_to(address: tuple[str, int], *sent: bytes) -> bytes:
    """All that comes back until the server closes."""
    reader, writer = await asyncio.open_connection(*address)
    for part in sent:
        writer.write(part)
        await writer.drain()
    try:
        return await reader.read()
    except ConnectionResetError:
        return b"reset"
    finally:
        writer.close()


@pytest.mark.parametrize(
    "head", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "], ids=["silent", "half"]
)
async def test_who_sends_no_whole_head_is_cut_off(address: tuple[str, int], head: bytes) -> None:
    """T28, after half a second here, ten in earnest: aiohttp alone would wait for an hour."""
    async with asyncio.timeout(20):
        assert await answer_to(address, head) == b""


async def test_a_kept_connection_is_cut_off_too(address: tuple[str, int]) -> None:
    async with asyncio.timeout(20):
        answer = await answer_to(address, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /he")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"ok")


async def test_long_request_lines_are_taken_and_endless_ones_are_not(
    address: tuple[str, int],
) -> None:
    """A join request with an offer in it comes in the address."""
    for length, status in ((60_000, b"200 OK"), (70_000, b"400 Bad Request")):
        line = b"GET /healthz?" + b"x" * length + b" HTTP/1.1\r\nHost: x\r\n"
        answer = await answer_to(address, line + b"Connection: close\r\n\r\n")
        assert answer.partition(b" ")[2].startswith(status)


@pytest.mark.parametrize("bomb", BOMBS)
async def test_what_is_made_to_be_costly_is_refused(address: tuple[str, int], bomb: str) -> None:
    """T28: without an answer that says it went wrong here, or with none."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(BOMBS[bomb])
    async with asyncio.timeout(60):
        try:
            status = await reader.readline()
        except ConnectionResetError:
            status = b""
    writer.transport.abort()
    assert re.match(rb"HTTP/1\.[01] 4|$", status), status
    answer = await answer_to(
        address, b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(("length", "status"), [(8_190, b"200"), (8_191, b"400")])
async def test_heaps_of_cookies_are_not_read(
    address: tuple[str, int], length: int, status: bytes
) -> None:
    head = b"GET /api/v1/config HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: %s\r\n\r\n"
    assert (await answer_to(address, head % (b"x" * length))).split()[1] == status


@pytest.mark.parametrize(("pack", "status"), [(bytes, b"401"), (zlib.compress, b"400")])
async def test_bodies_are_not_unpacked(
    address: tuple[str, int], pack: Callable[[bytes], bytes], status: bytes
) -> None:
    body = pack(b'{"email": "ada@example.org", "password": "wrong"}')
    head = (
        b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n"
    ) % (b"identity" if pack is bytes else b"deflate", len(body))
    assert (await answer_to(address, head + body)).split()[1] == status


async def test_five_hundred_who_never_finish_keep_nobody_waiting(house: House) -> None:
    """T28: heads, bodies and sockets that stop half way."""
    writers = []
    for number in range(500):
        _, writer = await asyncio.open_connection(house.server.host, house.server.port)
        writer.write(HALVES[number % 3])
        writers.append(writer)
    async with asyncio.timeout(60):
        for _ in range(20):
            assert (await house.anonymous().get("/api/v1/config")).status == 200
    for writer in writers:
        writer.close()


async def test_no_token_reaches_the_log(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    """T23: whatever is asked for, or is no request at all."""
    canary = b"canary-7c1f"
    with caplog.at_level(logging.DEBUG):
        for request in (
            b"GET /rtc/v1?access_token=%s HTTP/1.1\r\n" % canary,
            b"GET /rtc/v1/validate?access_token=%s HTTP/1.1\r\n" % canary,
            b"GET /api/v1/rooms/%s HTTP/1.1\r\n" % canary,
            b"GET / HTTP/1.1\r\nAuthorization: Bearer %s\r\n" % canary,
            b"GET / HTTP/1.1\r\nBad\x00Header: %s\r\n" % canary,
            b"%s / HTTP/9\r\n" % canary,
            b"%s\r\n" % (canary * 10_000),
        ):
            await answer_to(address, request + b"Host: x\r\nConnection: close\r\n\r\n")
    assert "canary" not in caplog.text


async def test_starting_migrates_and_ends_what_was_left_open(
    empty_database_url: str, tmp_path: Path
) -> None:
    config = make_config(empty_database_url, tmp_path)
    await schema.upgrade(empty_database_url)
    await schema.downgrade(empty_database_url, "base")
    app = make_app(config)
    runner = make_runner(app)
    await runner.setup()
    ada = await samples.account(app[DATABASE])
    sitting = await samples.sitting(app[DATABASE], await samples.room(app[DATABASE], ada), ada)
    await app[DATABASE].close()  # as if it had been killed: nothing ends the meeting
    second = make_runner(make_app(config))
    await second.setup()
    await second.cleanup()
    await runner.cleanup()
    database = await Database.open(empty_database_url)
    async with database.transaction() as session:
        meeting = await session.get_one(Meeting, sitting.meeting.id)
    await database.close()
    assert meeting.ended_at == samples.NOW


async def test_stopping_leaves_running_meetings_to_the_next_server(
    house: House, database: Database
) -> None:
    account = await house.account("ada@example.org")
    await house.room(account)
    await house.enter(await house.signed_in(account), "public-room")
    await house.server.close()
    async with database.transaction() as session:
        (meeting,) = (await session.execute(Meeting.__table__.select())).all()
    assert meeting.ended_at is None
    assert meeting.seen_at is not None


def test_an_app_without_secrets_is_refused(tmp_path: Path) -> None:
    config = make_config("sqlite+aiosqlite:///x.db", tmp_path).model_copy(update={"demo": False})
    with pytest.raises(ConfigError):
        make_app(config)
