"""Queries about rooms and their members. A deleted room is not found, but keeps its slug."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from visio.errors import LastOwner, SlugTaken
from visio.store.models import Account, Ban, Room, RoomMember
from visio.store.pages import Page, cut

_FIRST = Page()


@dataclass(frozen=True, slots=True)
class AtDoor:
    """A room and what somebody is in it: their role (None: none), and whether they are banned."""

    room: Room
    role: str | None
    banned: bool


async def add(session: AsyncSession, room: Room) -> Room:
    """Insert, with the owner as its first member; raises SlugTaken."""
    try:
        async with session.begin_nested():
            session.add(room)
    except IntegrityError:
        raise SlugTaken from None
    session.add(RoomMember(room_id=room.id, account_id=room.owner_id, role="owner"))
    await session.flush()
    return room


async def by_slug(session: AsyncSession, slug: str) -> Room | None:
    """The room of that name, unless deleted."""
    return await session.scalar(select(Room).where(Room.slug == slug, Room.deleted_at.is_(None)))


async def id_of(session: AsyncSession, slug: str) -> str | None:
    """The id of the room that has, or had, that name."""
    return await session.scalar(select(Room.id).where(Room.slug == slug))


async def titles_of(session: AsyncSession, room_ids: Iterable[str]) -> dict[str, str]:
    """What those of some rooms that are not deleted are called."""
    query = select(Room.id, Room.title).where(
        Room.id.in_(list(room_ids)), Room.deleted_at.is_(None)
    )
    return {row.id: row.title for row in await session.execute(query)}


async def with_role(
    session: AsyncSession, slug: str, account_id: str | None
) -> tuple[Room, str | None] | None:
    """A room and what the account is in it (None: nothing)."""
    query = _with_role(account_id).where(Room.slug == slug)
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def at_door(
    session: AsyncSession, slug: str, account_id: str | None, guest: str
) -> AtDoor | None:
    """What decides whether an account, or a guest's browser, enters a room: one query."""
    query = _with_role(account_id).add_columns(_banned(account_id, guest)).where(Room.slug == slug)
    row = (await session.execute(query)).one_or_none()
    return AtDoor(row[0], row[1], row[2]) if row else None


async def of_account(
    session: AsyncSession, account_id: str, page: Page = _FIRST
) -> Sequence[tuple[Room, RoomMember]]:
    """The rooms an account has a role in, those first where it got it last."""
    query = (
        select(Room, RoomMember)
        .join(RoomMember, RoomMember.room_id == Room.id)
        .where(RoomMember.account_id == account_id, Room.deleted_at.is_(None))
    )
    rows = await session.execute(cut(query, RoomMember.created_at, RoomMember.room_id, page))
    return [(room, member) for room, member in rows]


async def count_of_account(session: AsyncSession, account_id: str) -> int:
    """How many rooms an account has a role in."""
    query = select(func.count()).select_from(Room).join(RoomMember, RoomMember.room_id == Room.id)
    mine = RoomMember.account_id == account_id, Room.deleted_at.is_(None)
    return await session.scalar(query.where(*mine)) or 0


async def numbered_page(
    session: AsyncSession, account_id: str, skipped: int, size: int
) -> Sequence[Room]:
    """Some of them, in the same order."""
    query = select(Room).join(RoomMember, RoomMember.room_id == Room.id)
    mine = RoomMember.account_id == account_id, Room.deleted_at.is_(None)
    query = query.where(*mine).order_by(RoomMember.created_at.desc(), RoomMember.room_id)
    return (await session.scalars(query.offset(skipped).limit(size))).all()


async def of_member(session: AsyncSession, room_id: str, account_id: str) -> Room | None:
    """The room of that id, if the account has a role in it."""
    query = select(Room).join(RoomMember, RoomMember.room_id == Room.id)
    mine = RoomMember.account_id == account_id, Room.deleted_at.is_(None)
    return await session.scalar(query.where(*mine, Room.id == room_id))


async def change(session: AsyncSession, room_id: str, values: Mapping[str, object]) -> Room:
    """Set some of its columns; returns the room as it is now."""
    room = await session.get_one(Room, room_id)
    for name, value in values.items():
        setattr(room, name, value)
    await session.flush()
    return room


async def members(
    session: AsyncSession, room_id: str, page: Page = _FIRST
) -> Sequence[tuple[Account, RoomMember]]:
    """Who has a role in the room, the newest first."""
    query = (
        select(Account, RoomMember)
        .join(RoomMember, RoomMember.account_id == Account.id)
        .where(RoomMember.room_id == room_id)
    )
    query = cut(query, RoomMember.created_at, RoomMember.account_id, page)
    return [(account, member) for account, member in await session.execute(query)]


async def holders(session: AsyncSession, slugs: Collection[str]) -> dict[str, str | None]:
    """Who made the rooms of these names; None for deleted ones, whose names stay taken."""
    query = select(Room.slug, Room.owner_id, Room.deleted_at).where(Room.slug.in_(slugs))
    rows = await session.execute(query)
    return {slug: owner if deleted is None else None for slug, owner, deleted in rows}


async def titled(
    session: AsyncSession, owner_ids: Collection[str], titles: Collection[str]
) -> set[tuple[str, str]]:
    """Owner and title of the rooms that any of these owners made with any of these titles."""
    query = select(Room.owner_id, Room.title).where(
        Room.owner_id.in_(owner_ids), Room.title.in_(titles), Room.deleted_at.is_(None)
    )
    return {(owner, title) for owner, title in await session.execute(query)}


async def add_members(session: AsyncSession, room_id: str, roles: Mapping[str, str]) -> None:
    """Give accounts their roles in a new room."""
    session.add_all(
        RoomMember(room_id=room_id, account_id=account_id, role=role)
        for account_id, role in roles.items()
    )
    await session.flush()


async def role_of(session: AsyncSession, room_id: str, account_id: str) -> str | None:
    """What an account is in the room."""
    found = await session.get(RoomMember, (room_id, account_id))
    return found.role if found else None


async def set_member(session: AsyncSession, room_id: str, account_id: str, role: str) -> None:
    """Give an account a role, or another one, and lift its ban; raises LastOwner."""
    if role != "owner":
        await _keep_an_owner(session, room_id, account_id)
    await session.execute(delete(Ban).where(Ban.room_id == room_id, Ban.account_id == account_id))
    await session.merge(RoomMember(room_id=room_id, account_id=account_id, role=role))
    await session.flush()


async def remove_member(session: AsyncSession, room_id: str, account_id: str) -> None:
    """Take an account's role away; raises LastOwner."""
    await _keep_an_owner(session, room_id, account_id)
    await session.execute(
        delete(RoomMember).where(RoomMember.room_id == room_id, RoomMember.account_id == account_id)
    )


async def remove(session: AsyncSession, room_id: str, now: int) -> None:
    """Nobody finds it from now on; its meetings stay with those who attended."""
    await session.execute(update(Room).where(Room.id == room_id).values(deleted_at=now))


async def _keep_an_owner(session: AsyncSession, room_id: str, account_id: str) -> None:
    """Raise LastOwner unless somebody else owns the room too."""
    # Two owners who step down at once wait for each other here (SQLite has one writer anyway).
    await session.execute(select(Room.id).where(Room.id == room_id).with_for_update())
    another = exists().where(
        RoomMember.room_id == room_id,
        RoomMember.account_id != account_id,
        RoomMember.role == "owner",
    )
    if not await session.scalar(select(another)):
        raise LastOwner


def _banned(account_id: str | None, guest: str) -> ColumnElement[bool]:
    who = (Ban.account_id == account_id) if account_id else (Ban.guest == guest)
    return exists().where(Ban.room_id == Room.id, who)


def _with_role(account_id: str | None) -> Select[Room, str | None]:
    return (
        select(Room, RoomMember.role)
        .outerjoin(
            RoomMember, (RoomMember.room_id == Room.id) & (RoomMember.account_id == account_id)
        )
        .where(Room.deleted_at.is_(None))
    )
