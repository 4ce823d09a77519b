"""People and programs that have a server write things down, and note what it said it had."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    DummyCookieJar,
)
from livekit.protocol import models, rtc
from livekit.protocol.rtc import SignalResponse

from tests.faults.ledger import Ledger
from tests.livekit.signal import wrapped

ROOM, AUDIT, CHANGE, STAY, MESSAGE = "room", "audit", "change", "stay", "message"


@dataclass
class Load:
    """Runs until `over` is set; `cookie` is the session of who makes the rooms, `origin` the
    address of the server, `slugs` are the rooms to meet in."""

    ledger: Ledger
    origin: str
    cookie: str
    slugs: list[str]
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, people: int) -> None:
        """As many people who come, write and go, and one who makes and changes rooms."""
        jar, timeout = DummyCookieJar(), ClientTimeout(total=_PATIENCE)
        async with ClientSession(self.origin, cookie_jar=jar, timeout=timeout) as http:
            visits = [self._visit(http, self.slugs[n % len(self.slugs)]) for n in range(people)]
            await asyncio.gather(
                *(self._repeat(visit) for visit in (*visits, *[self._make_room(http)] * _MAKERS))
            )

    async def _repeat(self, act: Callable[[], Awaitable[None]]) -> None:
        """Through all that a server does that is killed."""
        while not self.over.is_set():
            with suppress(ClientError, TimeoutError, TypeError, _Refused):
                await act()
                continue
            await asyncio.sleep(_AGAIN)

    def _make_room(self, http: ClientSession) -> Callable[[], Awaitable[None]]:
        headers = {"Origin": self.origin, "Cookie": f"visio_session={self.cookie}"}

        async def make() -> None:
            title = uuid.uuid4().hex
            self.ledger.ask(ROOM, title)
            self.ledger.ask(AUDIT, title)
            # Sent again until it is answered, as a program does that wants it once.
            repeated = {**headers, "Idempotency-Key": title}
            while not self.over.is_set():
                with suppress(ClientError, TimeoutError):
                    body = {"title": title, "slug": title[:12]}
                    answer = await http.post("/api/v1/rooms", json=body, headers=repeated)
                    if answer.status == 201:
                        self.ledger.acknowledge(ROOM, title)
                        self.ledger.acknowledge(AUDIT, title)
                        break
                    if answer.status < 500:
                        raise _Refused(await answer.text())
                await asyncio.sleep(_AGAIN)
            await self._change_room(http, headers, title)

        return make

    async def _change_room(self, http: ClientSession, headers: dict[str, str], name: str) -> None:
        """Once: whoever is not answered does not know."""
        self.ledger.ask(CHANGE, name)
        answer = await http.patch(
            f"/api/v1/rooms/{name[:12]}", json={"max_participants": 7}, headers=headers
        )
        if answer.status == 200:
            self.ledger.acknowledge(CHANGE, name)

    def _visit(self, http: ClientSession, slug: str) -> Callable[[], Awaitable[None]]:
        async def visit() -> None:
            identity, token = await _passport(http, slug, self.origin)
            self.ledger.ask(STAY, identity)
            join = wrapped(rtc.JoinRequest(client_info=models.ClientInfo(protocol=17)))
            query = {"access_token": token, "join_request": join}
            async with http.ws_connect("/rtc/v1", params=query) as socket:
                first = SignalResponse.FromString(await socket.receive_bytes(timeout=_PATIENCE))
                if first.join.participant.identity != identity:
                    raise _Refused
                self.ledger.acknowledge(STAY, identity)
                await _first_of(_read(socket), self._write(http, slug, token))

        return visit

    async def _write(self, http: ClientSession, slug: str, token: str) -> None:
        """As much as somebody may in half a minute; each again until it is answered."""
        headers = {"Origin": self.origin, "Authorization": f"Bearer {token}"}
        for _ in range(_MESSAGES):
            name = str(uuid.uuid4())
            self.ledger.ask(MESSAGE, name)
            body = {"id": name, "text": name}
            answer = await http.post(f"/api/v1/rooms/{slug}/messages", json=body, headers=headers)
            if answer.status != 201:
                return
            self.ledger.acknowledge(MESSAGE, name)


class _Refused(Exception):  # noqa: N818 - a server that starts or ends refuses much
    """Not what was asked for."""


async def _passport(http: ClientSession, slug: str, origin: str) -> tuple[str, str]:
    """Identity and token of a guest who was never here."""
    answer = await http.post(
        f"/api/v1/rooms/{slug}/join", json={"name": "Ali"}, headers={"Origin": origin}
    )
    if answer.status != 200:
        raise _Refused(await answer.text())
    given = await answer.json()
    return given["identity"], given["token"]


async def _read(socket: ClientWebSocketResponse) -> None:
    """Until the other end closes it, or is no more."""
    async for _ in socket:
        pass


async def _first_of(*acts: Coroutine[Any, Any, None]) -> None:
    """Until one of them has ended, however; the others are cut off."""
    tasks = [asyncio.create_task(act) for act in acts]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


# Seconds until an answer is given up that a killed server will never send.
_PATIENCE = 10.0
# Seconds before somebody tries again.
_AGAIN = 0.1
# Who make rooms at once.
_MAKERS = 2
# What one person may write at once (see `visio.chat`).
_MESSAGES = 20
