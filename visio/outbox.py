"""Talkspurts on their way to the database: by way of the disk and in order."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from visio.spool import Spool, SpoolBrokenError, SpoolFullError
from visio.store import talkspurts
from visio.store.database import Database
from visio.store.talkspurts import Fresh

logger = logging.getLogger(__name__)
A = TypeVar("A")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held:
    """What has not landed: talkspurts and their bytes on disk; how many were `lost` for good since
    the start, and whether the disk takes no more (`full`)."""

    talkspurts: int
    bytes: int
    lost: int
    full: bool


@dataclass(slots=True)
class _Parcel:
    """A talkspurt in memory (`fresh`) or on disk (`file`)."""

    fresh: Fresh | None
    file: Path | None
    tell: Callable[[bool], None]


class Outbox:
    """Writes each talkspurt to the spool, then to the database; what the spool cannot take waits in
    memory, up to `_FULL`.

    Whoever posts one is told whether it landed: it may be refused, or lost.
    """

    def __init__(
        self, database: Database, spool: Spool, pause: Callable[[float], Awaitable[None]]
    ) -> None:
        self._database = database
        self._spool = spool
        self._pause = pause
        self._loose: deque[_Parcel] = deque()
        self._waiting: deque[_Parcel] = deque()
        self._in_memory = 0
        self._lost = 0
        self._full = False
        self._empty = asyncio.Event()
        self._empty.set()
        self._keeping: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        # Not asyncio's own, which look names up: what is said does not wait for a DNS server.
        self._thread = ThreadPoolExecutor(1, "spool")

    @property
    def held(self) -> Held:
        """What is on its way."""
        waiting = len(self._loose) + len(self._waiting)
        return Held(waiting, self._spool.size, self._lost, self._full)

    def recover(self, tell: Callable[[bool], None]) -> None:
        """Bring on its way what a killed server left on disk."""
        files = self._spool.recover()
        self._waiting.extend(_Parcel(None, file, tell) for file in files)
        if files:
            logger.warning("%d talkspurts of the server before are still to land", len(files))
            self._write_on()

    def post(self, talkspurt: Fresh, tell: Callable[[bool], None]) -> None:
        """Take one; returns at once. One that neither disk nor memory has room for is lost."""
        if self._in_memory + len(talkspurt.audio) > _FULL:
            self._lose(talkspurt.id, "neither database, disk nor memory takes it")
            tell(False)
            return
        self._in_memory += len(talkspurt.audio)
        self._loose.append(_Parcel(talkspurt, None, tell))
        self._empty.clear()
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep_all())

    async def land(self, patience: float) -> None:
        """Wait until everything is in the database, at most `patience` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), patience)

    async def close(self) -> None:
        """What has not landed stays on disk for the next server; what is only in memory is lost."""
        if self._keeping:
            await asyncio.wait([self._keeping])
        if self._writing:
            self._writing.cancel()
            await asyncio.wait([self._writing])
        for parcel in self._waiting:
            if parcel.fresh:
                self._lose(parcel.fresh.id, "the database is away and the disk full")
        self._thread.shutdown(wait=False)

    async def _on_disk(self, act: Callable[[A], T], what: A) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, act, what)

    def _lose(self, talkspurt_id: str, why: str) -> None:
        self._lost += 1
        logger.error("talkspurt %s is lost: %s", talkspurt_id, why)

    async def _keep_all(self) -> None:
        while self._loose:
            parcel = self._loose[0]
            assert parcel.fresh  # noqa: S101 — loose ones are in memory
            try:
                parcel.file = await self._on_disk(self._spool.keep, parcel.fresh)
            except (OSError, SpoolFullError) as error:
                self._warn_full(error)
            else:
                self._full = False
                self._in_memory -= len(parcel.fresh.audio)
                parcel.fresh = None
            self._waiting.append(self._loose.popleft())
            self._write_on()

    def _warn_full(self, error: Exception) -> None:
        if not self._full:
            logger.error("speech cannot be kept on disk: %s", type(error).__name__)
        self._full = True

    def _write_on(self) -> None:
        self._empty.clear()
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())

    async def _write_all(self) -> None:
        while self._waiting:
            parcel = self._waiting[0]
            talkspurt = parcel.fresh or await self._read(parcel)
            if talkspurt:
                await self._write(talkspurt, parcel.tell)
            if parcel.file:
                await self._on_disk(self._spool.drop, parcel.file)
            elif talkspurt:
                self._in_memory -= len(talkspurt.audio)
            self._waiting.popleft()
        if not self._loose:
            self._empty.set()

    async def _read(self, parcel: _Parcel) -> Fresh | None:
        assert parcel.file  # noqa: S101 — what is not in memory is on disk
        try:
            return await self._on_disk(self._spool.read, parcel.file)
        except (OSError, SpoolBrokenError):
            self._lose(parcel.file.name, "its file cannot be read")
            parcel.tell(False)
            return None

    async def _write(self, talkspurt: Fresh, tell: Callable[[bool], None]) -> None:
        """Write one row, again and again until the database takes or refuses it."""
        while True:
            try:
                async with self._database.transaction() as session:
                    written = await talkspurts.add(session, talkspurt)
                tell(written)
                if written:
                    await self._database.notify("talkspurts", talkspurt.meeting_id)
            except Exception as error:
                if not talkspurts.away(error):
                    logger.exception("talkspurt %s is lost: it was refused", talkspurt.id)
                    self._lost += 1
                    tell(False)
                    return
                logger.warning("the database is away: %s", type(error).__name__)
                await self._pause(_RETRY)
            else:
                return


# Bytes of audio that may wait in memory where the disk takes none: at 4 kB a second of speech,
# hours. More risks memory in a long outage, less loses speech.
_FULL = 64 * 2**20
# Seconds before a refused row is tried again.
_RETRY = 1.0
