"""F4: the disk of the data, the database and the log fills up while a meeting runs."""

import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse
from livekit.protocol import models, rtc
from livekit.protocol.rtc import SignalRequest, SignalResponse

from tests.browser.server import Server, running_server
from tests.livekit.signal import PATIENCE, wrapped
from visio.auth import sessions, tokens
from visio.auth.tokens import Claims, Grants
from visio.local import account_id
from visio.store import accounts
from visio.store.database import Database
from visio.store.models import wall_clock

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.one_database]

KEY, SECRET = "bots", "b" * 40
SIZE = 64 * 2**20


@dataclass
class Disk:
    """A small file system of its own, which can be filled to the last byte."""

    path: Path

    def fill(self) -> None:
        with (self.path / "filler").open("wb", buffering=0) as filler:
            size = 2**20
            while size:
                try:
                    while filler.write(bytes(size)) == size:
                        pass
                except OSError:
                    pass
                size //= 2

    def free(self) -> None:
        (self.path / "filler").unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    path = tmp_path / "disk"
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "visio", path], check=True)
    yield Disk(path)
    subprocess.run(["umount", "--lazy", path], check=True)


@dataclass
class Person:
    """Somebody in a meeting, by the bare signalling."""

    socket: ClientWebSocketResponse

    async def rename(self, name: str) -> None:
        request = SignalRequest(update_metadata=rtc.UpdateParticipantMetadata(metadata=name))
        await self.socket.send_bytes(request.SerializeToString())

    async def hears(self, metadata: str) -> None:
        while True:
            heard = SignalResponse.FromString(await self.socket.receive_bytes(timeout=PATIENCE))
            if any(one.metadata == metadata for one in heard.update.participants):
                return


@asynccontextmanager
async def inside(server: Server, http: ClientSession, identity: str) -> AsyncIterator[Person]:
    grants = Grants(room="bots-only", room_join=True, can_update_own_metadata=True)
    claims = Claims(identity, grants, key=KEY)
    token = tokens.issue({KEY: SECRET}, claims, ttl=timedelta(minutes=5), now=wall_clock())
    join = wrapped(rtc.JoinRequest(client_info=models.ClientInfo(protocol=17)))
    query = {"access_token": token, "join_request": join}
    async with http.ws_connect(f"{server.url}/rtc/v1", params=query) as socket:
        first = SignalResponse.FromString(await socket.receive_bytes(timeout=PATIENCE))
        assert first.HasField("join")
        yield Person(socket)


async def session_of(database: Database) -> str:
    ada = await account_id(database, "ada@example.org")
    async with database.transaction() as session:
        await accounts.set_password(session, ada, "-", must_change=False)
    return await sessions.open_session(database, ada, wall_clock())


@dataclass
class Office:
    """Somebody who makes rooms; `made` are those that were acknowledged."""

    server: Server
    http: ClientSession
    made: set[str]

    async def make(self) -> tuple[int, dict[str, Any]]:
        title, headers = uuid4().hex, {"Origin": self.server.url}
        body = {"title": title * 3, "slug": title[:12]}
        async with self.http.post(
            f"{self.server.url}/api/v1/rooms", json=body, headers=headers
        ) as answer:
            told = await answer.json(content_type=None)
            if answer.status == 201:
                self.made.add(title[:12])
            return answer.status, {**told, "retry": answer.headers.get("Retry-After")}

    async def lost(self) -> set[str]:
        async with self.http.get(f"{self.server.url}/api/v1/rooms?limit=100") as answer:
            there = {room["slug"] for room in (await answer.json())["rooms"]}
        return self.made - there


async def test_a_full_disk_refuses_in_words_and_ends_no_meeting(disk: Disk) -> None:
    """F4: what cannot be saved is refused as that, and once there is space all goes on."""
    log_to_disk = ["sh", "-c", f'exec "$@" 2>>{disk.path}/log', "sh"]
    database = f"sqlite+aiosqlite:///{disk.path / 'visio.db'}"
    keys = json.dumps({KEY: SECRET})
    with running_server(
        disk.path, database, log_to_disk, VISIO_LIVEKIT_KEYS=keys, VISIO_LOG_LEVEL="info"
    ) as server:
        server.add_account("ada@example.org", "Ada")
        cookies = {"visio_session": server.do(session_of)}
        async with (
            ClientSession(cookies=cookies) as http,
            inside(server, http, "ada") as ada,
            inside(server, http, "bob") as bob,
        ):
            office = Office(server, http, set())
            assert (await office.make())[0] == 201
            disk.fill()
            told: dict[str, Any] = {}
            for _ in range(20):  # what the database had put by for its log lasts for some
                status, told = await office.make()
                if status != 201:
                    break
            assert (status, told["code"], told["retry"]) == (503, "storage_full", "30")
            await ada.rename("still here")
            await bob.hears("still here")
            async with inside(server, http, "eve"):
                pass
            disk.free()
            assert (await office.make())[0] == 201
            assert await office.lost() == set()
            await ada.rename("and now")
            await bob.hears("and now")
        assert server.process.poll() is None
