"""From tapped microphones to talkspurts in the database, and from utterances back to the room."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from visio.cutter import RATE, Cutter, Talkspurt
from visio.store import talkspurts, utterances
from visio.store.database import Database
from visio.store.models import Utterance, new_id
from visio.store.sealing import Keyring, MeetingKey
from visio.store.talkspurts import Fresh

logger = logging.getLogger(__name__)


class Publication(Protocol):
    """A microphone that can be tapped; see `sfu.Publication`."""

    def tap(self, handle: Callable[..., None]) -> None: ...
    def untap(self) -> None: ...


class Meeting(Protocol):
    """The meeting's row."""

    @property
    def id(self) -> str: ...
    @property
    def started_at(self) -> int: ...
    @property
    def wrapped_key(self) -> bytes: ...


class Participant(Protocol):
    """The participant's row."""

    @property
    def id(self) -> str: ...
    @property
    def identity(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SpokenUtterance:
    """A line of the transcript in plain text; milliseconds since the meeting's start."""

    id: str
    meeting_id: str
    identity: str
    track_sid: str
    started_at: int
    ended_at: int
    text: str
    language: str


class Speech:
    """Taps microphones, writes what was said as rows, and hands back what was recognised.

    `wake` is called whenever there is work for the worker. Rows land in the order they were said,
    and wait in memory while the database is away.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        wake: Callable[[], None],
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._wall = wall
        self._monotonic = monotonic
        self._pause = pause
        self._tracks: dict[str, _Track] = {}
        self._outbox = _Outbox(database, pause)
        self._wake = wake
        self._awaited: dict[str, _Awaited] = {}
        self._handle: Callable[[list[SpokenUtterance]], None] = lambda _: None
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def on_utterances(self, handle: Callable[[list[SpokenUtterance]], None]) -> None:
        """Give new lines to `handle`, in order of time, once each."""
        self._handle = handle

    def open_track(
        self,
        meeting: Meeting,
        participant: Participant,
        track_sid: str,
        publication: Publication,
        shared: bool,
    ) -> None:
        """Listen to a microphone from now on; a track that is open already is opened anew."""
        self._start()
        self._end(track_sid)
        track = _Track(
            meeting,
            participant,
            track_sid,
            publication,
            shared,
            self._keyring.unwrap(meeting.wrapped_key),
            self._wall() - self._monotonic(),
        )
        self._tracks[track_sid] = track
        publication.tap(lambda frame: self._post(track, track.cutter.push(frame)))

    async def close_track(self, track_sid: str) -> None:
        """Stop listening at once, and wait a moment for what was said to be on disk."""
        self._end(track_sid)
        await self._outbox.land(_LANDING)

    def finish(self) -> None:
        """A meeting has ended: its final pass may begin."""
        self._wake()

    def read(self, meeting_id: str) -> None:
        """The worker wrote something about a meeting ("": any): look for new lines soon."""
        logger.debug("news of meeting %s", meeting_id)
        self._news.set()

    async def close(self) -> None:
        """Stop listening to everybody; rows that cannot land within seconds are lost."""
        for track_sid in list(self._tracks):
            self._end(track_sid)
        await self._outbox.land(_GOODBYE)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._outbox.close()

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._tend()),
                asyncio.create_task(self._hand_back()),
                asyncio.create_task(self._listen()),
            ]

    def _end(self, track_sid: str) -> None:
        if track := self._tracks.pop(track_sid, None):
            track.publication.untap()
            self._post(track, track.cutter.flush())

    def _post(self, track: "_Track", cut: Iterable[Talkspurt]) -> None:
        for talkspurt in cut:
            fresh = track.sealed(talkspurt)
            self._outbox.post(fresh, partial(self._await, fresh.id, _Awaited(track)))

    def _await(self, talkspurt_id: str, awaited: "_Awaited") -> None:
        self._awaited[talkspurt_id] = awaited
        self._wake()

    async def _tend(self) -> None:
        """Close talkspurts of tracks that stopped sending: muted, or silent without a packet."""
        while True:
            await self._pause(_TICK)
            now = self._monotonic()
            for track in self._tracks.values():
                self._post(track, track.cutter.tick(now))

    async def _listen(self) -> None:
        async for meeting_id in self._database.listen("utterances"):
            self.read(meeting_id)

    async def _hand_back(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self._news.wait()
            self._news.clear()
            try:
                lines = await self._new_lines() if self._awaited else []
                if lines:
                    self._handle(lines)
            except Exception as error:
                if not talkspurts.away(error):
                    logger.exception("new lines were not shown")

    async def _new_lines(self) -> list[SpokenUtterance]:
        """What was recognised since the last look, of talkspurts this server wrote."""
        asked = list(self._awaited)[:_AT_ONCE]
        async with self._database.transaction() as session:
            closed = await talkspurts.closed(session, asked)
            rows = await utterances.of_talkspurts(session, closed)
        lines = [
            self._awaited[row.talkspurt_id].line(row)
            for row in rows
            if row.talkspurt_id in self._awaited
        ]
        for talkspurt_id in closed:
            self._awaited.pop(talkspurt_id, None)
        return lines


@dataclass
class _Track:
    """A tapped microphone; `epoch` is the wall clock's lead on CLOCK_MONOTONIC in seconds."""

    meeting: Meeting
    participant: Participant
    sid: str
    publication: Publication
    shared: bool
    key: MeetingKey
    epoch: float
    cutter: Cutter = field(default_factory=Cutter)
    said_until: int = 0

    def sealed(self, talkspurt: Talkspurt) -> Fresh:
        """The row of a talkspurt. Talkspurts of a track never overlap, whatever its clock did."""
        wall = round((talkspurt.started_at + self.epoch) * 1000)
        started_at = max(wall - self.meeting.started_at, self.said_until)
        duration = talkspurt.duration * 1000 // RATE
        self.said_until = started_at + duration
        name = new_id()
        return Fresh(
            id=name,
            meeting_id=self.meeting.id,
            participant_id=self.participant.id,
            track_sid=self.sid,
            started_at=started_at,
            duration=duration,
            audio=self.key.seal(talkspurts.pack(talkspurt.packets), talkspurts.audio_context(name)),
            shared=self.shared,
        )


class _Awaited:
    """Who said a talkspurt that is not transcribed yet."""

    __slots__ = ("_identity", "_key", "_meeting_id", "_sid")

    def __init__(self, track: _Track) -> None:
        self._meeting_id = track.meeting.id
        self._identity = track.participant.identity
        self._sid = track.sid
        self._key = track.key

    def line(self, row: Utterance) -> SpokenUtterance:
        return SpokenUtterance(
            row.id,
            self._meeting_id,
            self._identity,
            self._sid,
            row.started_at,
            row.ended_at,
            utterances.opened(row, self._key),
            row.language,
        )


class _Outbox:
    """Rows on their way to the database, in order, however long it is away."""

    def __init__(
        self,
        database: Database,
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        self._database = database
        self._pause = pause
        self._waiting: deque[tuple[Fresh, Callable[[], None]]] = deque()
        self._bytes = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._task: asyncio.Task[None] | None = None

    def post(self, talkspurt: Fresh, on_landed: Callable[[], None]) -> None:
        if self._bytes + len(talkspurt.audio) > _FULL:
            logger.error("talkspurt %s is lost: the database is away too long", talkspurt.id)
            return
        self._waiting.append((talkspurt, on_landed))
        self._bytes += len(talkspurt.audio)
        self._empty.clear()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_all())

    async def land(self, patience: float) -> None:
        """Wait until everything is on disk, at most `patience` seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), patience)

    async def close(self) -> None:
        if self._waiting:
            logger.error("%d talkspurts are lost: the database is away", len(self._waiting))
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _write_all(self) -> None:
        while self._waiting:
            await self._write(*self._waiting[0])
            talkspurt, _ = self._waiting.popleft()
            self._bytes -= len(talkspurt.audio)
        self._empty.set()

    async def _write(self, talkspurt: Fresh, on_landed: Callable[[], None]) -> None:
        """Write one row, again and again until the database takes or refuses it."""
        while True:
            try:
                async with self._database.transaction() as session:
                    await talkspurts.add(session, talkspurt)
                on_landed()
                await self._database.notify("talkspurts", talkspurt.meeting_id)
            except Exception as error:
                if not talkspurts.away(error):
                    logger.exception("talkspurt %s is lost: it was refused", talkspurt.id)
                    return
                logger.warning("the database is away: %s", type(error).__name__)
                await self._pause(_RETRY)
            else:
                return


# Seconds between looks for stalled tracks.
_TICK = 0.25
# Seconds between looks for new lines without being told: more delays captions when a message of
# the worker was lost, less asks the database more often.
_LOOK = 5.0
# Talkspurts asked about at once: below SQLite's limit of variables.
_AT_ONCE = 500
# Bytes of audio that may wait in memory: at 4 kB a second of speech, hours. More risks memory
# in a long outage, less loses speech.
_FULL = 64 * 2**20
# Seconds before a refused row is tried again.
_RETRY = 1.0
# Seconds a closing track and a closing server wait for their rows.
_LANDING = 2.0
_GOODBYE = 10.0
