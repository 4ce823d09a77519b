"""Webhooks: events of rooms, signed as LiveKit signs them, to the URLs the operator chose.

Every event is a row per URL until that URL answers 2xx. What one URL gets of one room it gets in
order, one at a time; rooms and URLs do not wait for one another (protocol §5.4).
"""

import asyncio
import base64
import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, hdrs
from google.protobuf.json_format import MessageToJson
from livekit.protocol.webhook import WebhookEvent
from sqlalchemy.exc import SQLAlchemyError

from visio.store import webhooks
from visio.store.database import Database
from visio.store.models import Webhook
from visio.store.webhooks import Lane

logger = logging.getLogger(__name__)


class Target(Protocol):
    """A URL, and which events it gets."""

    @property
    def url(self) -> str: ...

    def wants(self, event: str) -> bool: ...


class Webhooks:
    """Takes events, writes them down, delivers them; `sign` makes the token for a body's SHA-256.

    `now` gives milliseconds since 1970. An event older than `patience` is given up; the time
    before `open` does not count, so that what a stopped server left behind is still delivered.
    """

    def __init__(
        self,
        database: Database,
        targets: Sequence[Target],
        sign: Callable[[str], str],
        patience: timedelta,
        now: Callable[[], int],
    ) -> None:
        self._database = database
        self._targets = targets
        self._sign = sign
        self._patience = patience // timedelta(milliseconds=1)
        self._now = now
        self._opened_at = 0
        self._sequence = 0
        self._unwritten: list[dict[str, Any]] = []
        self._reported = asyncio.Event()
        self._closing = False
        self._lanes: dict[Lane, asyncio.Task[None]] = {}
        self._refilled: set[Lane] = set()
        self._slots = {target.url: asyncio.Semaphore(_MOST_AT_ONCE) for target in targets}
        self._writer: asyncio.Task[None] | None = None
        self._http: ClientSession

    async def open(self) -> None:
        """Begin to deliver, first what an earlier run left behind."""
        self._opened_at = self._now()
        self._http = ClientSession(timeout=_TIMEOUT, auto_decompress=False)
        async with self._database.transaction() as session:
            await webhooks.keep_only(session, [target.url for target in self._targets])
            self._sequence = await webhooks.last_sequence(session)
            left = await webhooks.lanes(session)
        self._fill(left)
        self._writer = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Write down what is not yet, give running deliveries a moment; the rest is kept."""
        self._closing = True
        self._reported.set()
        if self._writer:
            await asyncio.wait([self._writer], timeout=_LAST_WRITE)
        if self._lanes:
            await asyncio.wait(self._lanes.values(), timeout=_GOODBYE)
        tasks = [task for task in (self._writer, *self._lanes.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._http.close()

    def report(self, event: WebhookEvent) -> None:
        """Take an event for those URLs that want it; it is on disk a moment later."""
        urls = [target.url for target in self._targets if target.wants(event.event)]
        if len(self._unwritten) + len(urls) > _MOST_UNWRITTEN:
            logger.error("the database takes no webhooks: %s is lost", event.event)
            return
        body = MessageToJson(event, indent=None).encode()
        for url in urls:
            self._sequence += 1
            self._unwritten.append(
                {
                    "sequence": self._sequence,
                    "url": url,
                    "room": event.room.name,
                    "event": event.event,
                    "body": body,
                    "created_at": self._now(),
                }
            )
        self._reported.set()

    async def _write(self) -> None:
        while self._unwritten or not self._closing:
            await self._reported.wait()
            self._reported.clear()
            while batch := self._unwritten[:_BATCH]:
                try:
                    async with self._database.transaction() as session:
                        await webhooks.add(session, batch)
                except (SQLAlchemyError, OSError) as error:
                    await self._wait_for_database(error)
                else:
                    del self._unwritten[: len(batch)]
                    self._fill({(row["url"], row["room"]) for row in batch})

    def _fill(self, lanes: Iterable[Lane]) -> None:
        """Something was put into these lanes: see that each has somebody who empties it."""
        for lane in lanes:
            self._refilled.add(lane)
            if lane not in self._lanes:
                self._lanes[lane] = asyncio.create_task(self._empty(lane))

    async def _empty(self, lane: Lane) -> None:
        # Whoever fills a lane marks it afterwards: without a mark nothing came since the last look.
        while lane in self._refilled:
            self._refilled.discard(lane)
            try:
                while rows := await self._waiting(lane):
                    for row in rows:
                        await self._deliver(row)
            except (SQLAlchemyError, OSError) as error:
                self._refilled.add(lane)
                await self._wait_for_database(error)
        del self._lanes[lane]

    async def _waiting(self, lane: Lane) -> Sequence[Webhook]:
        async with self._database.transaction() as session:
            return await webhooks.waiting(session, lane, _BATCH)

    async def _wait_for_database(self, error: Exception) -> None:
        logger.warning("webhooks wait for the database: %s", type(error).__name__)
        await asyncio.sleep(_DATABASE_PAUSE)

    async def _deliver(self, row: Webhook) -> None:
        """Send it until the URL takes it or it is too old; then the row goes."""
        pause = _FIRST_PAUSE
        while not (expired := self._expired(row)) and not await self._post(row):
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        if expired:
            logger.warning("%s does not take %s: given up", urlsplit(row.url).netloc, row.event)
        async with self._database.transaction() as session:
            await webhooks.remove(session, row.id)

    def _expired(self, row: Webhook) -> bool:
        return self._now() - max(row.created_at, self._opened_at) > self._patience

    async def _post(self, row: Webhook) -> bool:
        headers = {
            hdrs.CONTENT_TYPE: "application/webhook+json",
            # Without "Bearer": receivers take the whole header for the token.
            hdrs.AUTHORIZATION: self._sign(_sha256(row.body)),
        }
        try:
            # A redirect would lead to where the operator did not send us.
            async with (
                self._slots[row.url],
                self._http.post(
                    row.url, data=row.body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                return 200 <= answer.status < 300
        except (ClientError, TimeoutError) as error:
            logger.debug("a webhook failed: %s", type(error).__name__)
            return False


def _sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


# Seconds for one delivery; more waits longer for slow receivers while others of the room wait.
_TIMEOUT = ClientTimeout(total=10)
# Seconds before the second attempt, doubled before each later one. More delivers later when a
# receiver comes back, less hammers one that is ill.
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 5.0
# Deliveries that run to one URL at the same time, of as many rooms.
_MOST_AT_ONCE = 8
# Rows read or written in one transaction.
_BATCH = 100
# Events that wait in memory while the database takes none; some 2 kB each.
_MOST_UNWRITTEN = 10_000
# Seconds until the database is tried again.
_DATABASE_PAUSE = 1.0
# Seconds to bring the last events to disk; more delays a stop when the database is gone.
_LAST_WRITE = 5.0
# Seconds that deliveries get when the server stops; what is left is sent by the next run.
_GOODBYE = 2.0
