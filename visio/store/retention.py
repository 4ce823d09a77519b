"""Which meetings have been kept long enough, and the end of one with all that was made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Table,
    case,
    delete,
    func,
    literal,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Meeting, Model, Room, ScheduledMeeting


@dataclass(frozen=True, slots=True)
class Rule:
    """Days that meetings are kept where their room says nothing, and at most whatever it says."""

    days: int
    most: int


HoldReason = Literal["court", "inquiry", "claim", "person", "other"]
"""A court's proceedings, an inquiry, a dispute, the wish of a person it is about (RGPD art. 18)."""
ReleaseReason = Literal["closed", "mistake", "other"]


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a meeting is kept; `reference` is the number of a case, or what else tells which."""

    reason: HoldReason = "other"
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Deleted:
    """A meeting that is gone: of which room, and how many rows of which tables."""

    id: str
    room_id: str
    rows: Mapping[str, int]


async def due(session: AsyncSession, rule: Rule, now: int) -> Sequence[str]:
    """Some of the meetings whose time is over, those that ended first before the others."""
    over = until(rule) < literal(now, BigInteger)
    query = select(Meeting.id).join(Room).where(over, Meeting.held_at.is_(None))
    return (await session.scalars(query.order_by(Meeting.ended_at).limit(_AT_ONCE))).all()


def until(rule: Rule) -> ColumnElement[int]:
    """When the time is over of a meeting that has ended, whether it is held or not."""
    return type_coerce(Meeting.ended_at, BigInteger) + _days(rule) * literal(DAY, BigInteger)


async def delete_meeting(session: AsyncSession, meeting_id: str) -> Deleted | None:
    """Delete a meeting that has ended, its key and all that was made of it.

    None, and nothing is done, where it is gone, goes on, or is held.
    """
    meeting = await session.get(Meeting, meeting_id, with_for_update=True)
    if meeting is None or meeting.ended_at is None or meeting.held_at is not None:
        return None
    rows = {table.name: await _count(session, table, meeting_id) for table in _derived()}
    # The database takes the rest along: foreign keys.
    await session.execute(delete(Meeting).where(Meeting.id == meeting_id))
    return Deleted(meeting_id, meeting.room_id, {name: n for name, n in rows.items() if n})


async def delete_scheduled(session: AsyncSession, rule: Rule, now: int) -> list[tuple[str, str]]:
    """Delete some of the scheduled meetings that were over, or cancelled, long enough ago.

    Returns their ids, each with that of its room.
    """
    over_at = func.coalesce(ScheduledMeeting.cancelled_at, ScheduledMeeting.ends_at)
    over = over_at + _days(rule) * literal(DAY, BigInteger) < literal(now, BigInteger)
    due = select(ScheduledMeeting.id).join(Room).where(over).order_by(over_at).limit(_AT_ONCE)
    ids = (await session.scalars(due)).all()
    gone = delete(ScheduledMeeting).where(ScheduledMeeting.id.in_(ids))
    rows = await session.execute(gone.returning(ScheduledMeeting.id, ScheduledMeeting.room_id))
    return [(row.id, row.room_id) for row in rows]


async def hold(session: AsyncSession, meeting_id: str, hold: Hold, now: int) -> str | None:
    """Keep a meeting whatever the rules say, until it is released; the id of its room.

    None where there is no such meeting. One that is held already is held for this from now on.
    """
    return await _set_held(session, meeting_id, now, hold.reason, hold.reference)


async def release(session: AsyncSession, meeting_id: str) -> str | None:
    """Let the rules decide again; the id of its room, None where there is no such meeting."""
    return await _set_held(session, meeting_id, None, None, "")


async def _set_held(
    session: AsyncSession, meeting_id: str, at: int | None, reason: str | None, reference: str
) -> str | None:
    query = update(Meeting).where(Meeting.id == meeting_id)
    query = query.values(held_at=at, held_for=reason, held_reference=reference)
    return await session.scalar(query.returning(Meeting.room_id))


def _days(rule: Rule) -> ColumnElement[int]:
    return case(
        (Room.retention_days == 0, min(rule.days, rule.most)),
        (Room.retention_days > rule.most, rule.most),
        else_=Room.retention_days,
    )


def _derived() -> list[Table]:
    """The tables whose rows belong to a meeting."""
    return [table for table in Model.metadata.sorted_tables if "meeting_id" in table.columns]


async def _count(session: AsyncSession, table: Table, meeting_id: str) -> int:
    query = select(func.count()).select_from(table).where(table.c.meeting_id == meeting_id)
    return await session.scalar(query) or 0


DAY = 86_400_000
"""In milliseconds."""
# Meetings found at once; each is deleted in a transaction of its own.
_AT_ONCE = 100
