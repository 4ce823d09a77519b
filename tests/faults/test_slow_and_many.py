"""T28, F7, F8, F11: the slow, the many and the silent, and what a meeting notices of them.

Ada and Bob are on the unmodified SDK; what is in their way runs in a process of its own.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import ClientSession
from livekit.protocol import models, rtc
from livekit.rtc import DataPacket

from tests.browser.server import Server, running_server
from tests.faults.crowd import KINDS
from tests.livekit.caller import Caller, called
from tests.livekit.signal import wrapped
from tests.processes import Running
from visio.auth import tokens
from visio.auth.tokens import Claims, Grants
from visio.store.models import wall_clock

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.one_database]

KEY, SECRET = "bots", "b" * 40
TURNS, TURN = 3, 2.0
FLOOR = 0.05
"""Seconds that nobody notices, whatever is twice of what."""


def token(identity: str) -> str:
    claims = Claims(identity, Grants(room="bots-only", room_join=True), key=KEY)
    return tokens.issue({KEY: SECRET}, claims, ttl=timedelta(hours=1), now=wall_clock())


def address(server: Server, identity: str) -> str:
    join = wrapped(rtc.JoinRequest(client_info=models.ClientInfo(protocol=17)))
    return f"{server.url}/rtc/v1?access_token={token(identity)}&join_request={quote(join)}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """As a shell starts it: with 1,024 files and sockets."""
    as_by_a_shell = ["prlimit", "--nofile=1024:16384", "--"]
    database = f"sqlite+aiosqlite:///{tmp_path / 'visio.db'}"
    keys = json.dumps({KEY: SECRET})
    with running_server(tmp_path, database, as_by_a_shell, VISIO_LIVEKIT_KEYS=keys) as server:
        yield server


@contextmanager
def crowd(kind: str, server: Server) -> Iterator[None]:
    """In the way until the block ends."""
    people = [address(server, f"{kind}{number}") for number in range(5)]
    port = server.settings["VISIO_PORT"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.crowd", kind, port, *people],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with Running(process) as running:
        running.line("ready", timeout=60)
        yield
        assert process.poll() is None
        assert process.stdin
        process.stdin.close()


@dataclass
class Talk:
    """Ada counts, and Bob hears it: how late, in seconds."""

    ada: Caller
    bob: Caller
    sent: int = 0
    heard: list[int] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    broken: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.bob.room.on("data_received", self._hear)
        for one in (self.ada, self.bob):
            one.room.on("reconnecting", self._break)

    async def go_on(self, seconds: float) -> list[float]:
        """For so long, and until the last of it was heard."""
        self.late = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await self.ada.me.publish_data(json.dumps([self.sent, time.monotonic()]))
            self.sent += 1
            await asyncio.sleep(0.01)
        async with asyncio.timeout(20):
            while len(self.heard) < self.sent:
                self._news.clear()
                await self._news.wait()
        return self.late

    def _break(self) -> None:
        self.broken = True

    def _hear(self, packet: DataPacket) -> None:
        number, said_at = json.loads(packet.data)
        self.heard.append(number)
        self.late.append(time.monotonic() - said_at)
        self._news.set()


@asynccontextmanager
async def talking(server: Server) -> AsyncIterator[Talk]:
    url = server.url.replace("http", "ws")
    async with called(url, token("ada"), token("bob")) as (ada, bob):
        await ada.speak(440)
        await bob.event("track_subscribed")
        yield Talk(ada, bob)


async def new_people_get_in(server: Server) -> None:
    async with ClientSession() as http, http.get(f"{server.url}/api/v1/config") as answer:
        assert answer.status == 200


def p99(waits: list[float]) -> float:
    return sorted(waits)[len(waits) * 99 // 100]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_meeting_does_not_notice(server: Server, kind: str) -> None:
    """In turns, so that both see the same machine."""
    calm: list[float] = []
    attacked: list[float] = []
    async with talking(server) as talk:
        for _ in range(TURNS):
            calm += await talk.go_on(TURN)
            with crowd(kind, server):
                attacked += await talk.go_on(TURN)
                await new_people_get_in(server)
        assert talk.heard == list(range(talk.sent))
        assert not talk.broken
    assert p99(attacked) < 2 * max(FLOOR, p99(calm)), (p99(calm), p99(attacked))


def memory(server: Server) -> int:
    """Bytes that it has now."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


def test_a_thousand_who_say_nothing_cost_little_memory(server: Server) -> None:
    """F11."""
    with crowd("dripping", server):
        pass
    before = memory(server)
    with crowd("half open", server):
        assert memory(server) - before < 20 * 2**20
