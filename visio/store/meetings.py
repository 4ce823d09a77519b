"""Queries about meetings: one sitting of a room each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store import messages
from visio.store.models import (
    Meeting,
    Participant,
    Room,
    RoomMember,
    Talkspurt,
    TranscriptReader,
    Utterance,
)
from visio.store.pages import Page, cut

_FIRST = Page()


@dataclass(frozen=True, slots=True)
class Attended:
    """A line of somebody's history."""

    meeting: Meeting
    room: Room
    participants: int
    utterances: int


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A meeting that nobody ended, in the room of that slug: when it was last known to run, and all
    stays in it, in order of joining."""

    meeting: Meeting
    slug: str
    last_known: int
    stays: Sequence[Participant]


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
    """Close a running meeting and its open stays at `now`; with talkspurts it waits for its final
    pass. What was typed in it goes, where it is not kept."""
    await session.execute(
        update(Participant)
        .where(Participant.meeting_id == meeting_id, Participant.left_at.is_(None))
        .values(left_at=now)
    )
    spoken = await session.scalar(select(exists().where(Talkspurt.meeting_id == meeting_id)))
    ended: dict[str, object] = {"ended_at": now, "spotlight": "", "transcribed_since": None}
    ended |= {"final_pass": "pending"} if spoken else {}
    await session.execute(
        update(Meeting).where(Meeting.id == meeting_id, Meeting.ended_at.is_(None)).values(ended)
    )
    # Afterwards: whoever writes a message holds the meeting's row until it is there.
    await messages.end(session, meeting_id)


async def see(session: AsyncSession, meeting_ids: Collection[str], now: int) -> None:
    """These meetings run: should the server die, they ended at `now`."""
    await session.execute(update(Meeting).where(Meeting.id.in_(meeting_ids)).values(seen_at=now))


async def unfinished(session: AsyncSession) -> list[Unfinished]:
    """What a server left open. For the start of one that owns every room."""
    still = Meeting.ended_at.is_(None)
    stays: dict[str, list[Participant]] = {}
    query = select(Participant).join(Meeting, Meeting.id == Participant.meeting_id).where(still)
    for stay in await session.scalars(query.order_by(Participant.joined_at, Participant.id)):
        stays.setdefault(stay.meeting_id, []).append(stay)
    until = func.max(Talkspurt.started_at + Talkspurt.duration)
    last = select(Meeting.id, until).join(Talkspurt).where(still).group_by(Meeting.id)
    spoken: dict[str, int] = dict(list(await session.execute(last)))
    rows = await session.execute(select(Meeting, Room).join(Room).where(still))
    return [
        _unfinished(meeting, room.slug, stays.get(meeting.id, []), spoken.get(meeting.id, 0))
        for meeting, room in rows
    ]


async def set_transcribed(session: AsyncSession, meeting_id: str, since: int | None) -> None:
    """A meeting is transcribed from then on; None: no longer."""
    whose = update(Meeting).where(Meeting.id == meeting_id)
    await session.execute(whose.values(transcribed_since=since))


async def set_spotlight(session: AsyncSession, meeting_id: str, identity: str) -> None:
    """Somebody is in front for everybody; "" nobody any more."""
    await session.execute(
        update(Meeting).where(Meeting.id == meeting_id).values(spotlight=identity)
    )


async def by_id(session: AsyncSession, meeting_id: str) -> tuple[Meeting, Room] | None:
    """A meeting and its room."""
    query = select(Meeting, Room).join(Room).where(Meeting.id == meeting_id)
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def lock(session: AsyncSession, meeting_id: str) -> None:
    """Until the transaction ends nobody else who asks for this changes anything in a meeting."""
    # SQLite has one writer at a time anyway.
    await session.execute(select(Meeting.id).where(Meeting.id == meeting_id).with_for_update())


async def runs(session: AsyncSession, meeting_id: str) -> bool:
    """Whether a meeting goes on: it does not end before the transaction does."""
    query = select(Meeting.ended_at).where(Meeting.id == meeting_id)
    row = (await session.execute(query.with_for_update(key_share=True))).one_or_none()
    return row is not None and row.ended_at is None


async def seen_by(session: AsyncSession, meeting_id: str, account_id: str) -> bool:
    """Whether the account attended it, owns its room, or is let read its transcript."""
    query = select(Meeting.id).where(Meeting.id == meeting_id, readable_by(account_id))
    return await session.scalar(query) is not None


async def history(
    session: AsyncSession, account_id: str, page: Page = _FIRST
) -> Sequence[Attended]:
    """The newest meetings the account attended or may read, or of rooms it owns; services are no
    people."""
    people = select(func.count(Participant.person.distinct())).where(
        Participant.meeting_id == Meeting.id, Participant.kind != "service"
    )
    spoken = select(func.count(Utterance.id)).where(Utterance.meeting_id == Meeting.id)
    query = (
        select(Meeting, Room, people.scalar_subquery(), spoken.scalar_subquery())
        .join(Room)
        .where(readable_by(account_id))
    )
    rows = await session.execute(cut(query, Meeting.started_at, Meeting.id, page))
    return [Attended(*row) for row in rows]


def readable_by(account_id: str) -> ColumnElement[bool]:
    """Those whose transcript the account may read, if only what it said itself: it attended them,
    owns their room, or is let read it."""
    attended = exists().where(
        Participant.meeting_id == Meeting.id, Participant.account_id == account_id
    )
    owned = exists().where(
        RoomMember.room_id == Meeting.room_id,
        RoomMember.account_id == account_id,
        RoomMember.role == "owner",
        Room.id == Meeting.room_id,
        Room.handed_over_at <= Meeting.started_at,
    )
    let = exists().where(
        TranscriptReader.meeting_id == Meeting.id, TranscriptReader.account_id == account_id
    )
    return or_(attended, owned, let)


def _unfinished(
    meeting: Meeting, slug: str, stays: Sequence[Participant], spoken: int
) -> Unfinished:
    times = [meeting.started_at + spoken, meeting.seen_at or 0]
    times += [max(stay.joined_at, stay.left_at or 0) for stay in stays]
    return Unfinished(meeting, slug, max(times), stays)
