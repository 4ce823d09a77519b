"""From tapped microphones to talkspurts in the database, and from utterances back to the room."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from visio.cutter import RATE, Cutter, Talkspurt
from visio.live import Heard, Live
from visio.outbox import Held, Outbox
from visio.shown import Shown
from visio.spool import Spool
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
    final: bool = True


class Speech:
    """Taps microphones, writes what was said as rows, and hands back what was recognised.

    `wake` is called whenever there is work for the worker. Rows land in the order they were said,
    and wait in the folder `spool` while the database is away, also for the next server.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        wake: Callable[[], None],
        spool: Path,
        live: Live,
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
        self._outbox = Outbox(database, Spool(spool, _SPOOL), pause)
        self._wake = wake
        self._live = live
        self._awaited: dict[str, _Awaited] = {}
        self._shown: Shown[SpokenUtterance] = Shown()
        self._handle: Callable[[list[SpokenUtterance]], None] = lambda _: None
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def held(self) -> Held:
        """What was said and is not in the database yet."""
        return self._outbox.held

    def open(self) -> None:
        """Bring to the database what a killed server left on disk."""
        self._outbox.recover(lambda _landed: self._wake())

    def on_utterances(self, handle: Callable[[list[SpokenUtterance]], None]) -> None:
        """Give new lines to `handle`, in order of time, once each, and drafts of those to come."""
        self._handle = handle
        self._live.show = self._show_draft

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
        """Stop listening at once, and wait a moment for what was said to be in the database."""
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
        """Stop listening to everybody; rows that cannot land within seconds wait on disk."""
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
                asyncio.create_task(self._feed()),
                asyncio.create_task(self._hand_back()),
                asyncio.create_task(self._listen()),
            ]

    def _end(self, track_sid: str) -> None:
        if track := self._tracks.pop(track_sid, None):
            track.publication.untap()
            self._post(track, track.cutter.flush())
            self._live.leave(track_sid)

    def _post(self, track: "_Track", cut: Iterable[Talkspurt]) -> None:
        for talkspurt in cut:
            self._live.close(track)
            fresh = track.sealed(talkspurt)
            self._outbox.post(fresh, partial(self._await, fresh.id, _Awaited(track)))

    def _await(self, talkspurt_id: str, awaited: "_Awaited", landed: bool) -> None:
        if landed:
            self._awaited[talkspurt_id] = awaited
            self._wake()
        else:
            self._live.settle(talkspurt_id, written=False)

    def _show_draft(self, heard: Heard) -> None:
        microphone, draft = heard.microphone, heard.draft
        line = SpokenUtterance(
            draft.segment,
            microphone.meeting_id,
            microphone.identity,
            microphone.sid,
            heard.started_at,
            heard.ended_at,
            draft.text,
            draft.language,
            final=not draft.text,
        )
        self._handle([line])

    async def _feed(self) -> None:
        """Let live captions follow what is being said."""
        while True:
            await self._pause(_STEP)
            self._live.feed(self._tracks.values())

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
        """What was recognised or taken back since the last look, of what this server wrote."""
        asked = list(self._awaited)[:_AT_ONCE]
        async with self._database.transaction() as session:
            waiting = await talkspurts.still_open(session, asked)
            closed = [one for one in asked if one not in waiting]
            rows = await utterances.of_talkspurts(session, closed)
            lines = await self._shown.changes(session) if closed else []
        for row in rows:
            if awaited := self._awaited.get(row.talkspurt_id or ""):
                lines.append(awaited.line(row))
                self._shown.add(row, lines[-1], awaited.line)
        written = {row.talkspurt_id for row in rows}
        for talkspurt_id in closed:
            self._awaited.pop(talkspurt_id, None)
            self._live.settle(talkspurt_id, written=talkspurt_id in written)
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
    segment: str = field(default_factory=new_id)

    @property
    def meeting_id(self) -> str:
        return self.meeting.id

    @property
    def identity(self) -> str:
        return self.participant.identity

    def open(self, since: int) -> Talkspurt | None:
        return self.cutter.open(since)

    def starts_at(self, talkspurt: Talkspurt) -> int:
        """Milliseconds of the meeting. Talkspurts of a track never overlap, whatever its clock."""
        wall = round((talkspurt.started_at + self.epoch) * 1000)
        return max(wall - self.meeting.started_at, self.said_until)

    def sealed(self, talkspurt: Talkspurt) -> Fresh:
        """The row of a talkspurt, under the name of the segment that was open."""
        started_at = self.starts_at(talkspurt)
        duration = talkspurt.duration * 1000 // RATE
        self.said_until = started_at + duration
        name, self.segment = self.segment, new_id()
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
            utterances.legible(row, self._key),
            row.language,
        )


# Seconds between looks for stalled tracks.
_TICK = 0.25
# Seconds between what live captions are handed: more delays each word by that, less costs the
# server more while somebody speaks.
_STEP = 0.1
# Seconds between looks for new lines without being told: more delays captions when a message of
# the worker was lost, less asks the database more often.
_LOOK = 5.0
# Talkspurts asked about at once: below SQLite's limit of variables.
_AT_ONCE = 500
# Bytes of sealed audio that may wait on disk: at 4 kB a second of speech, three days. More fills
# disks in a long outage, less loses speech.
_SPOOL = 2**30
# Seconds a closing track and a closing server wait for their rows.
_LANDING = 2.0
_GOODBYE = 10.0
