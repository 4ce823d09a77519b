"""Queries about meetings: one sitting of a room each."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Meeting, Participant, Room, RoomMember, Talkspurt, Utterance


@dataclass(frozen=True, slots=True)
class Attended:
    """A line of somebody's history."""

    meeting: Meeting
    room: Room
    participants: int
    utterances: int


async def start(
    session: AsyncSession, room_id: str, livekit_sid: str, now: int, wrapped_key: bytes
) -> Meeting:
    """A new meeting of a room."""
    meeting = Meeting(
        room_id=room_id, livekit_sid=livekit_sid, started_at=now, wrapped_key=wrapped_key
    )
    session.add(meeting)
    await session.flush()
    return meeting


async def end(session: AsyncSession, meeting_id: str, now: int) -> None:
    """Close a running meeting at `now`; with talkspurts it waits for its final pass."""
    spoken = await session.scalar(select(exists().where(Talkspurt.meeting_id == meeting_id)))
    ended = {"ended_at": now, **({"final_pass": "pending"} if spoken else {})}
    await session.execute(
        update(Meeting).where(Meeting.id == meeting_id, Meeting.ended_at.is_(None)).values(ended)
    )


async def end_unfinished(session: AsyncSession, now: int) -> int:
    """Close what a killed server left open, each at the last thing known of it; returns how many.

    Those still inside left then too. For the start of a server that owns every room.
    """
    unfinished = (await session.scalars(select(Meeting).where(Meeting.ended_at.is_(None)))).all()
    for meeting in unfinished:
        last = min(now, await _last_known(session, meeting))
        await session.execute(
            update(Participant)
            .where(Participant.meeting_id == meeting.id, Participant.left_at.is_(None))
            .values(left_at=last)
        )
        await end(session, meeting.id, last)
    return len(unfinished)


async def by_id(session: AsyncSession, meeting_id: str) -> tuple[Meeting, Room] | None:
    """A meeting and its room."""
    query = select(Meeting, Room).join(Room).where(Meeting.id == meeting_id)
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def seen_by(session: AsyncSession, meeting_id: str, account_id: str) -> bool:
    """Whether the account attended it or owns its room."""
    query = select(Meeting.id).where(Meeting.id == meeting_id, _seen_by(account_id))
    return await session.scalar(query) is not None


async def history(session: AsyncSession, account_id: str) -> Sequence[Attended]:
    """The newest meetings the account attended, or of rooms it owns."""
    people = select(func.count(Participant.identity.distinct())).where(
        Participant.meeting_id == Meeting.id
    )
    spoken = select(func.count(Utterance.id)).where(Utterance.meeting_id == Meeting.id)
    query = (
        select(Meeting, Room, people.scalar_subquery(), spoken.scalar_subquery())
        .join(Room)
        .where(_seen_by(account_id))
        .order_by(Meeting.started_at.desc(), Meeting.id)
        .limit(_HISTORY)
    )
    return [Attended(*row) for row in await session.execute(query)]


def _seen_by(account_id: str) -> ColumnElement[bool]:
    attended = exists().where(
        Participant.meeting_id == Meeting.id, Participant.account_id == account_id
    )
    owned = exists().where(
        RoomMember.room_id == Meeting.room_id,
        RoomMember.account_id == account_id,
        RoomMember.role == "owner",
    )
    return or_(attended, owned)


async def _last_known(session: AsyncSession, meeting: Meeting) -> int:
    mine = Participant.meeting_id == meeting.id
    spoken = select(func.max(Talkspurt.started_at + Talkspurt.duration))
    times = (
        await session.scalar(select(func.max(Participant.joined_at)).where(mine)),
        await session.scalar(select(func.max(Participant.left_at)).where(mine)),
        (await session.scalar(spoken.where(Talkspurt.meeting_id == meeting.id)) or 0)
        + meeting.started_at,
    )
    return max(time for time in times if time is not None)


# Meetings shown at once; more makes the page heavier, less hides older ones.
_HISTORY = 200
