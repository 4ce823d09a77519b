"""Queries about the rooms of the whole instance, deleted ones not: for its administrators."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store import entities, rooms
from visio.store.cursors import Keys, Part, cut
from visio.store.models import Account, Meeting, Room, RoomMember
from visio.store.words import folded

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class Listed:
    """A room with its owners, how many have a role in it, and when the last of its meetings began
    that are kept; `key` is what it is sorted by."""

    room: Room
    key: int | str
    owners: Sequence[Account]
    members: int
    last_meeting: int | None


async def page(
    session: AsyncSession, search: str, part: Part, entity: str = ""
) -> Sequence[Listed]:
    """The rooms of which title, slug, or an owner's name or address contain what is searched; those
    with an owner of one entity, where its id is said, or of `entities.NONE`."""
    query = cut(_found(select(Room, KEYS[part.sort]), search, entity), KEYS, Room.id, part)
    rows = [(room, key) for room, key in await session.execute(query)]
    ids = [room.id for room, _ in rows]
    owners, members = await _owners(session, ids), await _members(session, ids)
    last = await _last_meetings(session, ids)
    return [
        Listed(room, key, owners.get(room.id, ()), members.get(room.id, 0), last.get(room.id))
        for room, key in rows
    ]


async def count(session: AsyncSession, search: str, entity: str = "") -> int:
    """How many are found in all."""
    return await session.scalar(_found(select(func.count(Room.id)), search, entity)) or 0


async def find(session: AsyncSession, room_id: str) -> Room | None:
    """The room of that id, unless deleted."""
    return await session.scalar(select(Room).where(Room.id == room_id, Room.deleted_at.is_(None)))


async def hand_over(session: AsyncSession, room_id: str, account_id: str, now: int) -> list[str]:
    """Give a room to one owner; returns who owned it so far and is its administrator now.

    Who did not own it before does not see the meetings of before: neither does whoever gave it.
    """
    room = await session.get_one(Room, room_id, with_for_update=True)
    mine = RoomMember.room_id == room_id, RoomMember.role == "owner"
    owners = set(await session.scalars(select(RoomMember.account_id).where(*mine)))
    if account_id not in owners:
        room.handed_over_at = now
    room.owner_id = account_id
    await rooms.set_member(session, room_id, account_id, "owner")
    former = sorted(owners - {account_id})
    for one in former:
        await rooms.set_member(session, room_id, one, "administrator")
    return former


def _found(query: "Select[*Columns]", search: str, entity: str) -> "Select[*Columns]":
    query = query.where(Room.deleted_at.is_(None))
    if entity:
        query = query.where(entities.owned_within(entity))
    if not search:
        return query
    named = Room.sort_title.contains(folded(search), autoescape=True)
    placed = Room.slug.contains(search.lower(), autoescape=True)
    return query.where(or_(named, placed, _owned_by(search)))


def _owned_by(search: str) -> ColumnElement[bool]:
    called = or_(
        Account.email.contains(search.lower(), autoescape=True),
        Account.sort_name.contains(folded(search), autoescape=True),
    )
    owned = RoomMember.room_id == Room.id, RoomMember.role == "owner"
    return exists().where(*owned, Account.id == RoomMember.account_id, called)


async def _owners(session: AsyncSession, ids: Collection[str]) -> Mapping[str, Sequence[Account]]:
    query = (
        select(RoomMember.room_id, Account)
        .join(Account, Account.id == RoomMember.account_id)
        .where(RoomMember.room_id.in_(ids), RoomMember.role == "owner")
        .order_by(RoomMember.created_at, RoomMember.account_id)
    )
    found: dict[str, list[Account]] = defaultdict(list)
    for room_id, account in await session.execute(query):
        found[room_id].append(account)
    return found


async def _members(session: AsyncSession, ids: Collection[str]) -> Mapping[str, int]:
    query = select(RoomMember.room_id, func.count().label("number"))
    query = query.where(RoomMember.room_id.in_(ids)).group_by(RoomMember.room_id)
    return {row.room_id: row.number for row in await session.execute(query)}


async def _last_meetings(session: AsyncSession, ids: Collection[str]) -> Mapping[str, int]:
    query = select(Meeting.room_id, func.max(Meeting.started_at).label("at"))
    query = query.where(Meeting.room_id.in_(ids)).group_by(Meeting.room_id)
    return {row.room_id: row.at for row in await session.execute(query)}


_LAST = (
    select(func.max(Meeting.started_at))
    .where(Meeting.room_id == Room.id)
    .correlate(Room)
    .scalar_subquery()
)
KEYS: Keys = {
    "title": Room.sort_title.expression,
    "slug": Room.slug.expression,
    "created": Room.created_at.expression,
    # A room that nobody met in comes before all others.
    "last_meeting": func.coalesce(_LAST, literal(0, Meeting.started_at.type)),
}
"""What they are sorted by."""
