"""F15: names that nobody looks up, an identity provider that is away or says nothing."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from tests.callers import PASSWORD, House
from tests.processes import free_ports
from tests.store.samples import account, room, sitting
from visio.auth import provider
from visio.outbox import Outbox
from visio.spool import Spool
from visio.store import talkspurts
from visio.store.database import Database
from visio.store.models import new_id
from visio.store.talkspurts import Fresh

pytestmark = pytest.mark.one_database


@dataclass
class Silent:
    """A service that takes connections and never says a word."""

    asked: int = 0
    _held: list[asyncio.StreamWriter] = field(default_factory=list)

    async def hold(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked += 1
        self._held.append(writer)

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[None]:
        server = await asyncio.start_server(self.hold, "127.0.0.1", port)
        try:
            yield
        finally:
            server.close()
            for writer in self._held:
                writer.transport.abort()


@pytest.fixture
def port_of_provider() -> int:
    return free_ports(1)[0]


@pytest.fixture
def settings_of_house(port_of_provider: int, tmp_path: Path) -> dict[str, Any]:
    """People sign in at a provider; whether it is there is each test's affair."""
    (tmp_path / "oidc").write_text("a secret of the tests, long enough")
    return {
        "oidc_issuer": f"http://127.0.0.1:{port_of_provider}",
        "oidc_client_id": "visio",
        "oidc_client_secret_file": tmp_path / "oidc",
    }


async def refused(house: House) -> str:
    """What the sign-in page is told to say to somebody who wants to sign in at the provider."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(house.server.make_url("/oidc/start"), allow_redirects=False) as answer,
    ):
        page = urlsplit(answer.headers["Location"])
    assert page.path == "/login"
    return parse_qs(page.query)["problem"][0]


async def test_a_silent_provider_is_waited_for_once_and_the_page_says_why(
    house: House, port_of_provider: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F15: twenty people do not wait for it one after the other, and those inside go on."""
    monkeypatch.setattr(provider, "_PATIENCE", 0.3)
    ada = await house.settled("ada@example.org")
    await house.room(ada)
    inside = await house.enter(await house.signed_in(ada), "public-room")
    silent = Silent()
    async with silent.listening(port_of_provider):
        told = await asyncio.gather(*(refused(house) for _ in range(20)))
    assert set(told) == {"provider_unavailable"}
    assert silent.asked == 1
    assert (await inside.get("/api/v1/rooms/public-room/messages")).status == 200
    body = {"email": "ada@example.org", "password": PASSWORD}
    assert (await house.anonymous().post("/api/v1/session", body)).status == 200


async def test_a_provider_that_comes_back_is_asked_again(
    house: House, port_of_provider: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F15: by itself, a moment after it was refused."""
    monkeypatch.setattr(provider, "_REST", 0.0)
    assert await refused(house) == "provider_unavailable"
    silent = Silent()
    monkeypatch.setattr(provider, "_PATIENCE", 0.1)
    async with silent.listening(port_of_provider):
        await refused(house)
    assert silent.asked == 1


@asynccontextmanager
async def names_not_found() -> AsyncIterator[None]:
    """More names are looked up than asyncio has threads for it, and no DNS server answers."""
    found, loop = threading.Event(), asyncio.get_running_loop()
    lookups = [loop.run_in_executor(None, found.wait) for _ in range(64)]
    try:
        yield
    finally:
        found.set()
        await asyncio.wait(lookups)


async def test_signing_in_by_password_waits_for_no_name(house: House) -> None:
    """F15."""
    await house.settled("ada@example.org")
    body = {"email": "ada@example.org", "password": PASSWORD}
    async with names_not_found(), asyncio.timeout(30):
        assert (await house.anonymous().post("/api/v1/session", body)).status == 200


async def test_what_is_said_is_kept_while_no_name_is_found(
    database: Database, tmp_path: Path
) -> None:
    """F15: it is on the disk and in the database all the same."""
    met = await sitting(database, await room(database, await account(database)))
    outbox = Outbox(database, Spool(tmp_path / "spool", 2**20), asyncio.sleep)
    outbox.recover(lambda _landed: None)
    name, landed = new_id(), asyncio.Event()
    sealed = met.key.seal(b"opus", talkspurts.audio_context(name))
    fresh = Fresh(name, met.meeting.id, met.participant.id, "TR_1", 0, 900, sealed, False)
    async with names_not_found(), asyncio.timeout(30):
        outbox.post(fresh, lambda _landed: landed.set())
        await landed.wait()
    await outbox.close()
