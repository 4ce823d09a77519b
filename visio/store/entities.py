"""Queries about entities, the administrations that share the instance: a person is of one at most,
a room is of those of its owners."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from visio.errors import EntityIdentifierTaken, EntityNameTaken
from visio.store import titles
from visio.store.cursors import Keys, Part, cut
from visio.store.models import Account, Entity, Room, RoomMember
from visio.store.words import folded

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class Listed:
    """An entity, how many people are of it and how many rooms they own; `key` is what it is sorted
    by."""

    entity: Entity
    key: int | str
    people: int
    rooms: int


async def page(session: AsyncSession, search: str, part: Part) -> Sequence[Listed]:
    """Those of which name or identifier contain what is searched, or the one of that id: three
    queries."""
    query = cut(_found(select(Entity, KEYS[part.sort]), search), KEYS, Entity.id, part)
    rows = [(entity, key) for entity, key in await session.execute(query)]
    ids = [entity.id for entity, _ in rows]
    people, rooms = await _people(session, ids), await _rooms(session, ids)
    return [
        Listed(entity, key, people.get(entity.id, 0), rooms.get(entity.id, 0))
        for entity, key in rows
    ]


async def count(session: AsyncSession, search: str) -> int:
    """How many are found in all."""
    return await session.scalar(_found(select(func.count(Entity.id)), search)) or 0


async def find(session: AsyncSession, entity_id: str) -> Entity | None:
    """The entity of that id, which nobody else changes until this transaction ends."""
    return await session.scalar(select(Entity).where(Entity.id == entity_id).with_for_update())


async def of_identifier(session: AsyncSession, identifier: str) -> Entity | None:
    """The entity that the identity provider calls so, which is there until this transaction ends;
    those who sign in do not wait for each other."""
    query = select(Entity).where(Entity.identifier == identifier)
    return await session.scalar(query.with_for_update(read=True, key_share=True))


async def called(session: AsyncSession, name: str) -> Entity | None:
    """The entity of that name, whatever its case and accents."""
    return await session.scalar(select(Entity).where(_is_called(name)))


async def save(session: AsyncSession, entity: Entity, name: str, identifier: str) -> None:
    """Call one so, a new one or not; raises EntityNameTaken, EntityIdentifierTaken."""
    row_id = entity.id
    try:
        async with session.begin_nested():
            entity.name, entity.identifier = name, identifier or None
            session.add(entity)
    except IntegrityError:
        other = select(exists().where(_is_called(name), Entity.id != row_id))
        raise (EntityNameTaken if await session.scalar(other) else EntityIdentifierTaken) from None


async def remove(session: AsyncSession, entity: Entity) -> int:
    """Delete it; returns how many people are of none now."""
    theirs = update(Account).where(Account.entity_id == entity.id).values(entity_id=None)
    left = (await session.scalars(theirs.returning(Account.id))).all()
    await session.delete(entity)
    return len(left)


async def assign(
    session: AsyncSession, account_ids: Collection[str], entity_id: str | None
) -> None:
    """They are of that one from now on, or of none."""
    change = update(Account).where(Account.id.in_(account_ids)).values(entity_id=entity_id)
    await session.execute(change)


async def names_of(session: AsyncSession, entity_ids: Iterable[str | None]) -> dict[str, str]:
    """What those of some entities that there are are called."""
    query = select(Entity.id, Entity.name).where(Entity.id.in_({*entity_ids} - {None}))
    return {row.id: row.name for row in await session.execute(query)}


async def name_of(session: AsyncSession, account: Account | None) -> str | None:
    """What somebody's entity is called; None for who is of none."""
    if account is None or account.entity_id is None:
        return None
    return (await names_of(session, [account.entity_id])).get(account.entity_id)


def within(entity: str) -> ColumnElement[bool]:
    """Whether an account is of the entity of that id, or of none for `NONE`."""
    return Account.entity_id.is_(None) if entity == NONE else Account.entity_id == entity


def owned_within(entity: str) -> ColumnElement[bool]:
    """Whether one of the owners of a room is."""
    owned = RoomMember.room_id == Room.id, RoomMember.role == "owner"
    return exists().where(*owned, Account.id == RoomMember.account_id, within(entity))


def _found(query: "Select[*Columns]", search: str) -> "Select[*Columns]":
    if not search:
        return query
    named = Entity.sort_name.contains(folded(search), autoescape=True)
    known = Entity.identifier.contains(search, autoescape=True)
    return query.where(or_(named, known, Entity.id == search))


def _is_called(name: str) -> ColumnElement[bool]:
    return Entity.sort_name == titles.sort_title(name)


async def _people(session: AsyncSession, ids: Collection[str]) -> Mapping[str, int]:
    query = select(Account.entity_id, func.count().label("number"))
    query = query.where(Account.entity_id.in_(ids)).group_by(Account.entity_id)
    return {row.entity_id: row.number for row in await session.execute(query)}


async def _rooms(session: AsyncSession, ids: Collection[str]) -> Mapping[str, int]:
    """What two people own together counts once."""
    owned = RoomMember.account_id == Account.id, RoomMember.role == "owner"
    query = (
        select(Account.entity_id, func.count(Room.id.distinct()).label("number"))
        .where(Account.entity_id.in_(ids), *owned)
        .where(Room.id == RoomMember.room_id, Room.deleted_at.is_(None))
        .group_by(Account.entity_id)
    )
    return {row.entity_id: row.number for row in await session.execute(query)}


NONE = "none"
"""Stands for who is of no entity."""
_MANY = (
    select(func.count()).where(Account.entity_id == Entity.id).correlate(Entity).scalar_subquery()
)
KEYS: Keys = {
    "name": Entity.sort_name.expression,
    "identifier": func.coalesce(Entity.identifier, ""),
    "people": _MANY,
    "created": Entity.created_at.expression,
}
"""What they are sorted by."""
