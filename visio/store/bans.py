"""Queries about who may not enter a room any more."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Ban
from visio.store.pages import Page, cut


async def add(
    session: AsyncSession, room_id: str, *, account_id: str | None, guest: str, name: str
) -> None:
    """Keep an account out, or without one a guest's browser; a second time changes nothing."""
    who = (Ban.account_id == account_id) if account_id else (Ban.guest == guest)
    if await session.scalar(select(Ban.id).where(Ban.room_id == room_id, who)) is None:
        browser = None if account_id else guest
        session.add(Ban(room_id=room_id, account_id=account_id, guest=browser, name=name))
        await session.flush()


async def of_room(session: AsyncSession, room_id: str, page: Page) -> Sequence[Ban]:
    """Those of a room, the newest first."""
    query = cut(select(Ban).where(Ban.room_id == room_id), Ban.created_at, Ban.id, page)
    return (await session.scalars(query)).all()


async def lift(session: AsyncSession, room_id: str, ban_id: str) -> Ban | None:
    """Forgive one, and return it; an unknown one is no error."""
    query = delete(Ban).where(Ban.room_id == room_id, Ban.id == ban_id).returning(Ban)
    return await session.scalar(query)
