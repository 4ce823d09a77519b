"""Queries about rooms that a page elsewhere waits for; an id is what both it and we know."""

import hashlib

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Room, RoomCallback

PATIENCE = 600_000
"""Milliseconds after which nobody waits any more; more lets ids that leaked open more."""


async def keep(session: AsyncSession, callback: str, room_id: str, now: int) -> None:
    """Until it is taken; the newest room of an id counts. What nobody took goes."""
    await session.execute(delete(RoomCallback).where(RoomCallback.created_at <= now - PATIENCE))
    await session.merge(RoomCallback(id=_digest(callback), room_id=room_id, created_at=now))


async def take(session: AsyncSession, callback: str, now: int) -> str | None:
    """The slug of the room that was made for it, this once."""
    query = (
        delete(RoomCallback)
        .where(RoomCallback.id == _digest(callback), RoomCallback.created_at > now - PATIENCE)
        .returning(RoomCallback.room_id)
    )
    if (room_id := await session.scalar(query)) is None:
        return None
    return await session.scalar(
        select(Room.slug).where(Room.id == room_id, Room.deleted_at.is_(None))
    )


def _digest(callback: str) -> str:
    return hashlib.sha256(callback.encode()).hexdigest()
