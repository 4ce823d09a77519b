"""Queries about the meetings of the whole instance that are over: for its administrators.

They know when, how long, how many and what is kept; not who, and no word of what was said.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVarTuple

from sqlalchemy import Select, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store import entities, retention
from visio.store.cursors import Keys, Part, cut
from visio.store.models import Meeting, Participant, Room, Talkspurt, Utterance
from visio.store.retention import Rule
from visio.store.words import folded

Columns = TypeVarTuple("Columns")
Kept = Literal["attendance", "transcript", "sound"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which meetings: those of a room whose title or slug contains `search`, or the one of that
    id; only those that are `held`, or not; only those whose time is over `before`; only those of a
    room with an owner of `entity`, by its id, or of `entities.NONE`."""

    search: str = ""
    held: bool | None = None
    before: int | None = None
    entity: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """A meeting, how many people took part, what is kept of it and until when the rules say;
    `key` is what it is sorted by."""

    meeting: Meeting
    room: Room
    until: int
    key: int | str
    people: int
    kept: Sequence[Kept]


async def page(session: AsyncSession, wanted: Wanted, rule: Rule, part: Part) -> Sequence[Past]:
    """Those that are wanted."""
    keys = keys_by(rule)
    query = select(Meeting, Room, retention.until(rule), keys[part.sort])
    query = cut(_found(query, wanted, rule), keys, Meeting.id, part)
    rows = [
        (meeting, room, until, key) for meeting, room, until, key in await session.execute(query)
    ]
    ids = [meeting.id for meeting, *_ in rows]
    people, kept = await _people(session, ids), await _kept(session, ids)
    return [
        Past(meeting, room, until, key, people.get(meeting.id, 0), kept[meeting.id])
        for meeting, room, until, key in rows
    ]


async def count(session: AsyncSession, wanted: Wanted, rule: Rule) -> int:
    """How many there are of them in all."""
    return await session.scalar(_found(select(func.count(Meeting.id)), wanted, rule)) or 0


def keys_by(rule: Rule) -> Keys:
    """What they are sorted by; what is held ends after all that is not."""
    return {
        "started": Meeting.started_at.expression,
        "title": Room.sort_title.expression,
        "length": Meeting.ended_at - Meeting.started_at,
        "until": case((Meeting.held_at.is_(None), retention.until(rule)), else_=_NEVER),
    }


def _found(query: "Select[*Columns]", wanted: Wanted, rule: Rule) -> "Select[*Columns]":
    query = query.join(Room, Room.id == Meeting.room_id).where(Meeting.ended_at.is_not(None))
    if wanted.search:
        named = Room.sort_title.contains(folded(wanted.search), autoescape=True)
        placed = Room.slug.contains(wanted.search.lower(), autoescape=True)
        query = query.where(or_(named, placed, Meeting.id == wanted.search))
    if wanted.held is not None:
        query = query.where(
            Meeting.held_at.is_not(None) if wanted.held else Meeting.held_at.is_(None)
        )
    if wanted.entity:
        query = query.where(entities.owned_within(wanted.entity))
    if wanted.before is not None:
        query = query.where(retention.until(rule) < wanted.before)
    return query


async def _people(session: AsyncSession, ids: Collection[str]) -> Mapping[str, int]:
    """Services are no people."""
    query = (
        select(Participant.meeting_id, func.count(Participant.person.distinct()).label("people"))
        .where(Participant.meeting_id.in_(ids), Participant.kind != "service")
        .group_by(Participant.meeting_id)
    )
    return {row.meeting_id: row.people for row in await session.execute(query)}


async def _kept(session: AsyncSession, ids: Collection[str]) -> Mapping[str, Sequence[Kept]]:
    attendance = exists().where(Participant.meeting_id == Meeting.id)
    transcript = exists().where(Utterance.meeting_id == Meeting.id)
    sound = exists().where(Talkspurt.meeting_id == Meeting.id, Talkspurt.audio.is_not(None))
    query = select(Meeting.id, attendance, transcript, sound).where(Meeting.id.in_(ids))
    names: tuple[Kept, ...] = ("attendance", "transcript", "sound")
    return {
        row_id: [name for name, there in zip(names, found, strict=True) if there]
        for row_id, *found in await session.execute(query)
    }


# Later than any time that the rules give.
_NEVER = 2**53
