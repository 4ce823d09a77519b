"""Queries about scheduled meetings; what their times mean is `visio.planning`'s."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store import brandings
from visio.store.models import (
    Account,
    Invitation,
    OccurrenceChange,
    Room,
    RoomMember,
    ScheduledMeeting,
)

Part = TypeVar("Part", OccurrenceChange, Invitation)
Complete = Select[ScheduledMeeting, Room, Account | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A scheduled meeting with all that belongs to it; `role` is the reader's in its room.

    `service` is what administrators chose to call the service, if they did.
    """

    row: ScheduledMeeting
    room: Room
    organizer: Account | None
    service: str | None = None
    role: str | None = None
    changes: list[OccurrenceChange] = field(default_factory=list)
    invitees: list[str] = field(default_factory=list)


async def add(
    session: AsyncSession, row: ScheduledMeeting, invitees: Iterable[str]
) -> ScheduledMeeting:
    """Insert, with those invited."""
    session.add(row)
    await session.flush()
    await set_invitees(session, row.id, invitees)
    return row


async def set_invitees(session: AsyncSession, row_id: str, invitees: Iterable[str]) -> None:
    """These are invited, and nobody else."""
    mine = delete(Invitation).where(Invitation.scheduled_meeting_id == row_id)
    await session.execute(mine)
    session.add_all(Invitation(scheduled_meeting_id=row_id, email=email) for email in invitees)
    await session.flush()


async def set_change(session: AsyncSession, change: OccurrenceChange) -> None:
    """One occurrence has another time from now on, or none."""
    await session.merge(change)
    await session.flush()


async def drop_changes(session: AsyncSession, row_id: str) -> None:
    """Forget what was changed of single occurrences."""
    mine = delete(OccurrenceChange).where(OccurrenceChange.scheduled_meeting_id == row_id)
    await session.execute(mine)


async def find(
    session: AsyncSession, row_id: str, reader: Account, *, lock: bool = False
) -> Scheduled | None:
    """One that is not cancelled, to those who may see it; `lock` keeps it from others."""
    query = _seen_by(reader).where(ScheduledMeeting.id == row_id)
    if lock:
        query = query.with_for_update(of=ScheduledMeeting)
    return next(iter(await _complete(session, query)), None)


async def whole(session: AsyncSession, row_id: str) -> Scheduled | None:
    """One that is not cancelled, whoever asks."""
    query = _complete_query(None).where(ScheduledMeeting.id == row_id)
    query = query.where(ScheduledMeeting.cancelled_at.is_(None))
    return next(iter(await _complete(session, query)), None)


async def upcoming(session: AsyncSession, reader: Account, now: int) -> Sequence[Scheduled]:
    """All that somebody is invited to or decides for, and that are not over: three queries."""
    return await _complete(session, _seen_by(reader).where(_is_coming(now)))


async def of_room(session: AsyncSession, room_id: str, now: int) -> Sequence[Scheduled]:
    """Those of one room that are not over."""
    query = _complete_query(None).where(ScheduledMeeting.room_id == room_id, _is_coming(now))
    return await _complete(session, query)


async def due(session: AsyncSession, now: int) -> Scheduled | None:
    """One whose reminder is due, kept from other servers until the transaction ends."""
    query = (
        _complete_query(None)
        .where(ScheduledMeeting.remind_at <= now, ScheduledMeeting.cancelled_at.is_(None))
        .where(Room.deleted_at.is_(None))
        .order_by(ScheduledMeeting.remind_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=ScheduledMeeting)
    )
    return next(iter(await _complete(session, query)), None)


def _complete_query(
    reader: str | None,
) -> Complete:
    return (
        select(ScheduledMeeting, Room, Account, brandings.NAME, RoomMember.role)
        .join(Room, Room.id == ScheduledMeeting.room_id)
        .outerjoin(Account, Account.id == ScheduledMeeting.organizer_id)
        .outerjoin(RoomMember, (RoomMember.room_id == Room.id) & (RoomMember.account_id == reader))
    )


def _seen_by(
    reader: Account,
) -> Complete:
    invited = exists().where(
        Invitation.scheduled_meeting_id == ScheduledMeeting.id, Invitation.email == reader.email
    )
    hosts = RoomMember.role.in_(("owner", "administrator"))
    return (
        _complete_query(reader.id)
        .where(or_(invited, hosts), ScheduledMeeting.cancelled_at.is_(None))
        .where(Room.deleted_at.is_(None))
    )


def _is_coming(now: int) -> ColumnElement[bool]:
    open_ended = ScheduledMeeting.ends_at.is_(None)
    return (ScheduledMeeting.cancelled_at.is_(None)) & (
        open_ended | (ScheduledMeeting.ends_at > now)
    )


async def _complete(
    session: AsyncSession,
    query: Complete,
) -> list[Scheduled]:
    found = {row[0].id: Scheduled(*row) for row in await session.execute(query)}
    if found:
        for change in await _of(session, OccurrenceChange, found):
            found[change.scheduled_meeting_id].changes.append(change)
        for invitation in await _of(session, Invitation, found):
            found[invitation.scheduled_meeting_id].invitees.append(invitation.email)
    return list(found.values())


async def _of(session: AsyncSession, kind: type[Part], ids: Collection[str]) -> Sequence[Part]:
    query = select(kind).where(kind.scheduled_meeting_id.in_(ids))
    return (await session.scalars(query.order_by(*kind.__table__.primary_key))).all()
