"""G1: many people come at once, to many rooms."""

import asyncio
import json
import math
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from aiohttp import ClientError, ClientSession, TCPConnector

from tests.browser.server import running_server
from tests.livekit.attendee import Attendee, kept_alive
from visio.auth import tokens
from visio.auth.tokens import Claims, Grants


@dataclass
class Storm:
    """How long each took, in seconds, until it was connected and sent what the others publish."""

    joined: list[float] = field(default_factory=list)
    survived: bool = False

    @property
    def p95(self) -> float:
        """Infinite where nobody came in."""
        in_order = sorted(self.joined)
        return in_order[math.ceil(len(in_order) * 0.95) - 1] if in_order else math.inf


def storm(folder: Path, bots: int, seconds: float) -> Storm:
    """So many come, evenly within that time, to rooms of ten: the first of each publishes."""
    keys = json.dumps({_KEY: _SECRET})
    database = f"sqlite+aiosqlite:///{folder / 'visio.db'}"
    with running_server(folder, database, VISIO_LIVEKIT_KEYS=keys) as server:
        found = asyncio.run(_come(server.url.replace("http", "ws"), bots, seconds))
        found.survived = server.process.poll() is None
    return found


async def _come(url: str, bots: int, seconds: float) -> Storm:
    found, inside = Storm(), list[Attendee]()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(ClientSession(connector=TCPConnector(limit=0)))
        await stack.enter_async_context(kept_alive(inside))

        async def come(number: int) -> None:
            await asyncio.sleep(number * seconds / bots)
            publishes = () if number % _ROOM else ("audio",)
            one = Attendee(http, url, _token(number), publishes=publishes)
            began = time.monotonic()
            try:
                await stack.enter_async_context(one)
                inside.append(one)
                await one.until(lambda: one.active and one.served, _PATIENCE)
            except (ClientError, OSError, TimeoutError):
                return
            found.joined.append(time.monotonic() - began)

        await asyncio.gather(*(come(number) for number in range(bots)))
    return found


def _token(number: int) -> str:
    grants = Grants(room=f"storm-{number // _ROOM}", room_join=True)
    claims = Claims(f"bot-{number}", grants, key=_KEY)
    now = time.time_ns() // 1_000_000
    return tokens.issue({_KEY: _SECRET}, claims, ttl=timedelta(minutes=30), now=now)


_KEY, _SECRET = "bots", "b" * 40
_ROOM = 10
# Seconds after which somebody is not counted as having come.
_PATIENCE = 60.0
