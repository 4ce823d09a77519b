"""Queries about talkspurts: the queue the speech worker works from, and how audio lies in a row.

A worker claims a row for the length of a lease and is given a number with it, one more than the
last; only the newest number may write (fencing). So a worker that was thought dead and comes back
writes nothing, whatever clocks did meanwhile.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

import asyncpg
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    Update,
    and_,
    case,
    exc,
    exists,
    extract,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from visio.store import consents
from visio.store.models import Meeting, Room, Talkspurt, wall_clock


@dataclass(frozen=True, slots=True)
class Claimed:
    """A talkspurt somebody works on; `audio` is sealed with the key inside `wrapped_key`.

    `language` is that of its room, "" where it is to be detected; `asked_in` that in which whose
    it is agreed to be transcribed.
    """

    id: str
    meeting_id: str
    participant_id: str
    track_sid: str
    sequence: int
    started_at: int
    duration: int
    audio: bytes
    attempts: int
    wrapped_key: bytes
    fence: int
    language: str
    asked_in: str


@dataclass(frozen=True, slots=True)
class Fresh:
    """A talkspurt to be written; `audio` is sealed, times in milliseconds of the meeting."""

    id: str
    meeting_id: str
    participant_id: str
    track_sid: str
    started_at: int
    duration: int
    audio: bytes
    shared: bool


async def add(session: AsyncSession, talkspurt: Fresh) -> bool:
    """Write a talkspurt with the next sequence of its track; written again, it is there once.

    One that lands after its meeting has ended puts the meeting back before its final pass. False,
    and nothing written, where whose it is did not agree when it was said, or took it back.
    """
    began = select(Meeting.started_at).where(Meeting.id == talkspurt.meeting_id)
    said_at = (await session.scalar(began) or 0) + talkspurt.started_at
    if not await consents.allows(session, talkspurt.participant_id, "transcription", said_at):
        return False
    if await session.get(Talkspurt, talkspurt.id):
        return True
    last = select(func.max(Talkspurt.sequence)).where(Talkspurt.track_sid == talkspurt.track_sid)
    number = await session.scalar(last)
    sequence = 0 if number is None else number + 1
    session.add(Talkspurt(sequence=sequence, **asdict(talkspurt)))
    # Also when nothing changes: the row's lock keeps `finish_final` from passing unseen.
    again = case((Meeting.final_pass.in_(("none", "done")), "pending"), else_=Meeting.final_pass)
    await session.execute(
        update(Meeting)
        .where(Meeting.id == talkspurt.meeting_id, Meeting.ended_at.is_not(None))
        .values(final_pass=again)
    )
    return True


async def claim(session: AsyncSession, worker: str, now: int, lease: int) -> Claimed | None:
    """Take the oldest talkspurt nobody holds, for `lease` milliseconds; None when there is none.

    None while somebody works on an earlier one of the same track, whose words help to understand
    it: so it is heard the same, whoever died meanwhile.

    `now` is the `clock` that all workers share.
    """
    waiting = (
        select(Talkspurt, Meeting.wrapped_key, Room.spoken, consents.asked_in())
        .join(Meeting, Meeting.id == Talkspurt.meeting_id)
        .join(Room, Room.id == Meeting.room_id)
        .where(_is_free(now, lease), ~_follows_a_claimed())
        .order_by(Talkspurt.created_at, Talkspurt.track_sid, Talkspurt.sequence)
        .limit(1)
        .with_for_update(skip_locked=True, of=Talkspurt)
    )
    row = (await session.execute(waiting)).one_or_none()
    if row is None:
        return None
    talkspurt, wrapped_key, spoken, asked_in = row
    talkspurt.state = "claimed"
    talkspurt.worker = worker
    talkspurt.lease_expires = now + lease
    talkspurt.attempts += 1
    talkspurt.fence += 1
    return Claimed(
        talkspurt.id,
        talkspurt.meeting_id,
        talkspurt.participant_id,
        talkspurt.track_sid,
        talkspurt.sequence,
        talkspurt.started_at,
        talkspurt.duration,
        talkspurt.audio or b"",
        talkspurt.attempts,
        wrapped_key,
        talkspurt.fence,
        "" if spoken == "detected" else spoken,
        asked_in or "",
    )


async def beside(
    session: AsyncSession, talkspurt: Claimed | Talkspurt, margin: int
) -> Sequence[Talkspurt]:
    """What others say at the same time, give or take `margin` milliseconds, and still has audio."""
    query = (
        select(Talkspurt)
        .where(
            Talkspurt.meeting_id == talkspurt.meeting_id,
            Talkspurt.participant_id != talkspurt.participant_id,
            Talkspurt.audio.is_not(None),
            Talkspurt.started_at < talkspurt.started_at + talkspurt.duration + margin,
            Talkspurt.started_at + Talkspurt.duration > talkspurt.started_at - margin,
        )
        .order_by(Talkspurt.started_at, Talkspurt.id)
    )
    return (await session.scalars(query)).all()


async def before(session: AsyncSession, claimed: Claimed, span: int) -> Sequence[Talkspurt]:
    """What the same track said in the last `span` milliseconds and was written down, in order."""
    query = (
        select(Talkspurt)
        .where(
            Talkspurt.track_sid == claimed.track_sid,
            Talkspurt.sequence < claimed.sequence,
            Talkspurt.started_at >= claimed.started_at - span,
            Talkspurt.state == "done",
            Talkspurt.audio.is_not(None),
        )
        .order_by(Talkspurt.sequence)
    )
    return (await session.scalars(query)).all()


async def finish(
    session: AsyncSession,
    claimed: Claimed,
    now: int,
    *,
    state: str = "done",
    took: int | None = None,
) -> bool:
    """Close a claim as "done" or "failed"; False, and nothing written, if it is no longer held.

    `took`: milliseconds of recognition.
    """
    closed = {"worker": None, "lease_expires": None, "done_at": now, "took": took}
    return await _changes(session, _held(claimed).values(state=state, **closed))


async def put_back(session: AsyncSession, claimed: Claimed, until: int) -> bool:
    """Give a claim up after an error; nobody takes it before `until`."""
    back = _held(claimed).values(state="pending", worker=None, lease_expires=until)
    return await _changes(session, back)


async def extend(session: AsyncSession, claimed: Claimed, until: int) -> bool:
    """Keep a talkspurt until then; False if it is no longer held."""
    return await _changes(session, _held(claimed).values(lease_expires=until))


async def extend_final(session: AsyncSession, meeting: Meeting, until: int) -> bool:
    """Keep a final pass until then; False if it is no longer held."""
    return await _changes(session, _held_final(meeting).values(final_lease=until))


async def release(session: AsyncSession, worker: str, now: int, *, blamed: bool) -> None:
    """Free everything a dead worker held.

    `blamed`: it died by itself, so the attempt counts against what it worked on. A worker that
    was killed from outside says nothing about its talkspurt.
    """
    await session.execute(
        update(Talkspurt)
        .where(Talkspurt.worker == worker, Talkspurt.state == "claimed")
        .values(
            state="pending",
            worker=None,
            lease_expires=None,
            attempts=Talkspurt.attempts - (0 if blamed else 1),
        )
    )
    await session.execute(
        update(Meeting)
        .where(Meeting.final_worker == worker, Meeting.final_pass == "claimed")
        .values(final_pass="pending", final_worker=None, final_lease=now)
    )


async def pending(session: AsyncSession, meeting_id: str) -> int:
    """How many talkspurts of a meeting are still to be transcribed."""
    waiting = select(func.count(Talkspurt.id)).where(Talkspurt.meeting_id == meeting_id, _is_open())
    return await session.scalar(waiting) or 0


async def still_open(session: AsyncSession, ids: Iterable[str]) -> set[str]:
    """Those of some talkspurts that are neither transcribed, nor given up, nor erased."""
    query = select(Talkspurt.id).where(Talkspurt.id.in_(list(ids)), _is_open())
    return set(await session.scalars(query))


async def claim_final(session: AsyncSession, worker: str, now: int, lease: int) -> Meeting | None:
    """Take an ended meeting whose talkspurts are all closed, for its final pass.

    The one that was tried longest ago comes first, so that none keeps the others waiting.
    """
    free = or_(
        Meeting.final_pass == "pending",
        and_(Meeting.final_pass == "claimed", _is_over(Meeting.final_lease, now, lease)),
    )
    unfinished = exists().where(Talkspurt.meeting_id == Meeting.id, _is_open())
    waiting: Select[Any] = (
        select(Meeting)
        .where(free, Meeting.ended_at.is_not(None), ~unfinished)
        .order_by(func.coalesce(Meeting.final_lease, 0), Meeting.ended_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=Meeting)
    )
    meeting = cast("Meeting | None", await session.scalar(waiting))
    if meeting:
        meeting.final_pass = "claimed"
        meeting.final_worker = worker
        meeting.final_lease = now + lease
        meeting.final_fence += 1
    return meeting


async def put_back_final(session: AsyncSession, meeting: Meeting, now: int) -> bool:
    """Give a final pass up after an error, behind all others."""
    back = _held_final(meeting).values(final_pass="pending", final_worker=None, final_lease=now)
    return await _changes(session, back)


async def shared(session: AsyncSession, meeting_id: str) -> Sequence[Talkspurt]:
    """The talkspurts of shared microphones that still have their audio, in order of time."""
    query = (
        select(Talkspurt)
        .where(Talkspurt.meeting_id == meeting_id, Talkspurt.shared)
        .where(Talkspurt.state == "done", Talkspurt.audio.is_not(None))
        .order_by(Talkspurt.participant_id, Talkspurt.started_at, Talkspurt.sequence)
    )
    return (await session.scalars(query)).all()


async def finish_final(session: AsyncSession, meeting: Meeting) -> bool:
    """Close a final pass and delete the meeting's audio; False if it is no longer held.

    A talkspurt that landed meanwhile keeps its audio, and the meeting waits for another pass.
    """
    done = _held_final(meeting).values(final_pass="done", final_lease=None)
    if not await _changes(session, done):
        return False
    if await pending(session, meeting.id):
        again = update(Meeting).where(Meeting.id == meeting.id)
        await session.execute(again.values(final_pass="pending"))
    await session.execute(
        update(Talkspurt).where(Talkspurt.meeting_id == meeting.id, ~_is_open()).values(audio=None)
    )
    return True


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for the workers, and how fast they are.

    `lag` is how long the oldest has waited, in milliseconds; `real_time_factor` what a second of
    speech takes them in seconds, by what they did in the last hour: None when that was nothing.
    """

    waiting: int
    lag: int
    real_time_factor: float | None


async def backlog(session: AsyncSession, now: int) -> Backlog:
    """How the queue stands; `now` as given to `claim`."""
    waits = select(func.count(Talkspurt.id), func.min(Talkspurt.created_at)).where(_is_open())
    count, oldest = (await session.execute(waits)).one()
    worked = select(func.sum(Talkspurt.took), func.sum(Talkspurt.duration)).where(
        Talkspurt.done_at > now - _HOUR, Talkspurt.took.is_not(None)
    )
    took, spoken = (await session.execute(worked)).one()
    factor = round(float(took or 0) / float(spoken), 3) if spoken else None
    return Backlog(count, max(now - oldest, 0) if count else 0, factor)


async def clock(session: AsyncSession) -> int:
    """Milliseconds since 1970 UTC by the one clock that all who share the database have."""
    if session.get_bind().dialect.name == "sqlite":  # a file of this machine
        return wall_clock()
    seconds = await session.scalar(select(extract("epoch", func.clock_timestamp())))
    return int(float(seconds or 0) * 1000)


def pack(packets: Iterable[tuple[int, bytes]]) -> bytes:
    """Opus packets with their offsets (48 kHz samples from the talkspurt's start) as bytes."""
    return b"".join(_HEADER.pack(offset, len(payload)) + payload for offset, payload in packets)


def unpack(audio: bytes) -> Iterator[tuple[int, bytes]]:
    """What `pack` was given; raises ValueError when it was cut."""
    position = 0
    while position < len(audio):
        start = position + _HEADER.size
        if start > len(audio):
            raise ValueError("a packet's header was cut")
        offset, length = _HEADER.unpack_from(audio, position)
        position = start + length
        if position > len(audio):
            raise ValueError("a packet was cut")
        yield offset, audio[start:position]


def audio_context(talkspurt_id: str) -> str:
    """What a talkspurt's audio is sealed for."""
    return f"talkspurt:{talkspurt_id}:audio"


def away(error: Exception) -> bool:
    """Whether a transaction failed because the database is gone or busy: worth trying again."""
    refused = isinstance(error, (exc.IntegrityError, exc.ProgrammingError, exc.DataError))
    return isinstance(error, _AWAY) and not refused


def _is_open() -> ColumnElement[bool]:
    return Talkspurt.state.in_(("pending", "claimed"))


def _is_free(now: int, lease: int) -> ColumnElement[bool]:
    """Pending and not put back until later, or claimed by somebody who let the lease run out."""
    over = _is_over(Talkspurt.lease_expires, now, lease)
    return or_(
        and_(Talkspurt.state == "pending", or_(Talkspurt.lease_expires.is_(None), over)),
        and_(Talkspurt.state == "claimed", over),
    )


def _follows_a_claimed() -> ColumnElement[bool]:
    earlier = aliased(Talkspurt)
    return exists().where(
        earlier.track_sid == Talkspurt.track_sid,
        earlier.sequence < Talkspurt.sequence,
        earlier.state == "claimed",
    )


def _is_over(
    expires: InstrumentedAttribute[int | None], now: int, lease: int
) -> ColumnElement[bool]:
    """Run out, or from before the clock was put back: none is given for longer than a lease."""
    return or_(expires <= now, expires > now + lease)


def _held(claimed: Claimed) -> Update:
    return update(Talkspurt).where(
        Talkspurt.id == claimed.id, Talkspurt.fence == claimed.fence, Talkspurt.state == "claimed"
    )


def _held_final(meeting: Meeting) -> Update:
    return update(Meeting).where(
        Meeting.id == meeting.id,
        Meeting.final_fence == meeting.final_fence,
        Meeting.final_pass == "claimed",
    )


async def _changes(session: AsyncSession, statement: Update) -> bool:
    result = cast("CursorResult[Any]", await session.execute(statement))
    return result.rowcount == 1


MAX_ATTEMPTS = 3
"""Tries a talkspurt gets before its passage is shown as missing."""
_HOUR = 3_600_000
# asyncpg speaks for itself while connecting; DBAPIError is what SQLAlchemy makes of the rest.
_AWAY = (exc.DBAPIError, exc.TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
# Offset and length of a packet. 32 bits of 48 kHz are a day; an Opus packet fits 16 bits.
_HEADER = struct.Struct("!IH")
