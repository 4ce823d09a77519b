"""What a join costs: of a room that grows to 200 participants, then of 100 rooms of three.

The server is `visio serve` in a process of its own, the participants are clients of ours in this
one: signalling as LiveKit's newest SDKs do it, ICE, DTLS and data channels, but no media. In the
large room they come one after the other, each as soon as the one before it is inside; every tenth
publishes a microphone and a camera, and everybody receives all of them. In the small rooms all
three publish, and come together.

A join takes from the first byte to the server until the newcomer is active and is sent everything
that is published. "Python" is the CPU of the server's event loop, "all" that of its whole process,
both with what the others cause meanwhile, per join. The large room is measured over the joins that
lead up to each size.

Ends with status 1 and a sentence when CPU per join grew more than the room did, or when somebody
was made to negotiate more often than once in 150 ms.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

from aiohttp import ClientSession, TCPConnector

from tests.browser.server import Server, running_server
from tests.databases import open_folder
from tests.livekit.attendee import Attendee, kept_alive
from visio.auth import tokens
from visio.auth.tokens import Claims, Grants

KEY, SECRET = "bots", "b" * 40
CAMERA_AND_MICROPHONE = ("audio", "video")


@dataclass(frozen=True)
class Use:
    """What the server used so far, in seconds of CPU and bytes."""

    python: float
    process: float
    memory: int

    @classmethod
    def of(cls, process: int) -> "Use":
        threads = {int(one.name): one for one in Path(f"/proc/{process}/task").iterdir()}
        seconds = {number: _seconds(path) for number, path in threads.items()}
        status = Path(f"/proc/{process}/status").read_text()
        resident = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return cls(seconds[process], sum(seconds.values()), int(resident.split()[1]) * 1024)


@dataclass
class Row:
    """Some joins, and what the server used for them."""

    name: str
    times: list[float] = field(default_factory=list)
    python: float = 0.0
    process: float = 0.0
    memory: int = 0

    @property
    def python_ms(self) -> float:
        return self.python / len(self.times) * 1000

    @property
    def p95_ms(self) -> float:
        return statistics.quantiles(self.times, n=20, method="inclusive")[-1] * 1000

    def __str__(self) -> str:
        return (
            f"{self.name:<32}{len(self.times):>6}{statistics.median(self.times) * 1000:>9.0f}"
            f"{self.p95_ms:>9.0f}{self.python_ms:>11.1f}"
            f"{self.process / len(self.times) * 1000:>9.1f}{self.memory / 2**20:>9.0f}"
        )


class Crowd:
    """All who are in a room of the server, or in many."""

    def __init__(self, server: Server, http: ClientSession, inside: AsyncExitStack) -> None:
        self._server = server
        self._http = http
        self._inside = inside
        self._rooms: dict[str, list[Attendee]] = {}
        self.excess: list[str] = []

    def __iter__(self) -> Iterator[Attendee]:
        return (one for room in self._rooms.values() for one in room)

    @asynccontextmanager
    async def measured(self, row: Row) -> AsyncIterator[Row]:
        """Count what the server uses meanwhile into the row, and print it."""
        before = Use.of(self._server.process.pid)
        yield row
        after = Use.of(self._server.process.pid)
        row.python, row.process = after.python - before.python, after.process - before.process
        row.memory = after.memory
        print(row, flush=True)

    async def join(self, room: str, row: Row, publishes: tuple[str, ...] = ()) -> None:
        """One more comes, and is sent everything; how long that took goes into the row."""
        others = self._rooms.setdefault(room, [])
        token = _token(room, f"p{len(others)}-{time.monotonic_ns()}")
        began = time.monotonic()
        newcomer = Attendee(
            self._http, self._server.url.replace("http", "ws"), token, publishes=publishes
        )
        others.append(await self._inside.enter_async_context(newcomer))
        await newcomer.until(lambda: newcomer.active and newcomer.served, PATIENCE)
        row.times.append(time.monotonic() - began)

    async def settle(self, room: str) -> None:
        """Wait until everybody in the room knows of all, and is sent all that they publish."""
        people = len(self._rooms[room])
        for one in self._rooms[room]:
            await one.until(partial(_knows_all, one, people), PATIENCE)

    def watch(self, since: float, before: dict[Attendee, int]) -> None:
        """Note it if somebody who was there before had to negotiate too often since."""
        elapsed = time.monotonic() - since
        asked = max((one.asked - count for one, count in before.items()), default=0)
        if asked > 1 + elapsed / BUNCH:
            self.excess.append(f"Somebody had to negotiate {asked} times in {elapsed:.2f} s.")


async def measure(server: Server) -> tuple[list[Row], list[str], dict[str, float]]:
    """The rows, what is wrong, and what is only told in JSON."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(ClientSession(connector=TCPConnector(limit=0)))
        crowd = Crowd(server, http, stack)
        await stack.enter_async_context(kept_alive(crowd))
        empty = Use.of(server.process.pid).memory
        rows = [await _grow(crowd, *sizes) for sizes in pairwise((0, *SIZES))]
        full = Use.of(server.process.pid)
        await asyncio.sleep(IDLE)
        idle = Use.of(server.process.pid).process - full.process
    more = {
        "kib_per_participant": (full.memory - empty) / SIZES[-1] / 1024,
        "idle_percent_per_participant": idle / IDLE / SIZES[-1] * 100,
    }
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(ClientSession(connector=TCPConnector(limit=0)))
        small = Crowd(server, http, stack)
        await stack.enter_async_context(kept_alive(small))
        rows.append(await _open_rooms(small))
    return rows, crowd.excess, more


async def _grow(crowd: Crowd, start: int, size: int) -> Row:
    if start < size - WINDOW:
        await _fill(crowd, start, size - WINDOW, Row(""))
    first = max(start, size - WINDOW)
    async with crowd.measured(Row(f"1 room, participants {first + 1} to {size}")) as row:
        await _fill(crowd, first, size, row)
    return row


async def _fill(crowd: Crowd, start: int, size: int, row: Row) -> None:
    for number in range(start, size):
        before, began = {one: one.asked for one in crowd}, time.monotonic()
        await crowd.join("large", row, () if number % 10 else CAMERA_AND_MICROPHONE)
        await crowd.settle("large")
        crowd.watch(began, before)


async def _open_rooms(crowd: Crowd) -> Row:
    async with crowd.measured(Row(f"{ROOMS} rooms of 3")) as row:
        for number in range(ROOMS):
            room = f"small-{number}"
            joins = [crowd.join(room, row, CAMERA_AND_MICROPHONE) for _ in range(3)]
            await asyncio.gather(*joins)
            await crowd.settle(room)
    return row


def _knows_all(one: Attendee, people: int) -> bool:
    return one.served and len(one.there) >= people


def _seconds(thread: Path) -> float:
    return int((thread / "schedstat").read_text().split()[0]) / 1e9


def _token(room: str, identity: str) -> str:
    claims = Claims(identity, Grants(room=room, room_join=True), key=KEY)
    now = time.time_ns() // 1_000_000
    return tokens.issue({KEY: SECRET}, claims, ttl=timedelta(minutes=5), now=now)


def main() -> int:
    with open_folder() as folder:
        database = f"sqlite+aiosqlite:///{folder / 'visio.db'}"
        keys = json.dumps({KEY: SECRET})
        with running_server(folder, database, VISIO_LIVEKIT_KEYS=keys) as server:
            print(
                f"{'':<32}{'joins':>6}{'p50 ms':>9}{'p95 ms':>9}{'Python ms':>11}{'all ms':>9}"
                f"{'MiB':>9}",
                flush=True,
            )
            rows, faults, more = asyncio.run(measure(server))
    smallest, *_, largest, small = rows
    growth = largest.python_ms / smallest.python_ms
    if growth > SIZES[-1] / SIZES[0]:
        faults.append(f"CPU per join grew {growth:.1f}-fold while the room grew 20-fold.")
    for fault in faults:
        print(fault)
    figures = {
        "join_p95_ms": largest.p95_ms,
        "python_ms_at_10": smallest.python_ms,
        "python_ms_at_200": largest.python_ms,
        "growth": growth,
        **more,
        "small_rooms_join_p95_ms": small.p95_ms,
        "small_rooms_python_ms": small.python_ms,
    }
    print(json.dumps({name: round(figure, 4) for name, figure in figures.items()}))
    return 1 if faults else 0


SIZES = (10, 50, 100, 200)
"""Of the large room, at which its joins are measured."""

WINDOW = 10
"""Joins that a size is measured by: one of them publishes."""

ROOMS = 100

BUNCH = 0.150
"""Seconds in which a participant may be made to negotiate once (media.md)."""

IDLE = 10.0
"""Seconds for which the full room is left alone."""

PATIENCE = 60.0

if __name__ == "__main__":
    sys.exit(main())
