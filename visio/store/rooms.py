"""Queries about rooms and their members. A deleted room is not found, but keeps its slug."""

from collections.abc import Sequence

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from visio.errors import SlugTaken
from visio.store.models import Room, RoomMember


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


async def with_role(
    session: AsyncSession, slug: str, account_id: str | None
) -> tuple[Room, str | None] | None:
    """A room and what the account is in it (None: nothing)."""
    query = _with_role(account_id).where(Room.slug == slug)
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def of_account(session: AsyncSession, account_id: str) -> Sequence[tuple[Room, str]]:
    """The rooms an account has a role in, newest first."""
    query = _with_role(account_id).order_by(Room.created_at.desc(), Room.slug)
    rows = await session.execute(query.where(RoomMember.role.is_not(None)))
    return [(room, role) for room, role in rows if role]


async def change(session: AsyncSession, room_id: str, values: dict[str, str]) -> Room:
    """Set some of its columns; returns the room as it is now."""
    room = await session.get_one(Room, room_id)
    for name, value in values.items():
        setattr(room, name, value)
    await session.flush()
    return room


async def set_member(session: AsyncSession, room_id: str, account_id: str, role: str) -> None:
    """Give an account a role, or another one."""
    await session.merge(RoomMember(room_id=room_id, account_id=account_id, role=role))
    await session.flush()


async def delete(session: AsyncSession, room_id: str, now: int) -> None:
    """Nobody finds it from now on; its meetings stay with those who attended."""
    await session.execute(update(Room).where(Room.id == room_id).values(deleted_at=now))


def _with_role(account_id: str | None) -> Select[Room, str | None]:
    return (
        select(Room, RoomMember.role)
        .outerjoin(
            RoomMember, (RoomMember.room_id == Room.id) & (RoomMember.account_id == account_id)
        )
        .where(Room.deleted_at.is_(None))
    )
