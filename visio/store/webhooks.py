"""Queries about webhooks that wait to be delivered, in lanes: what one URL gets of one room."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Webhook

Lane = tuple[str, str]
"""URL and room."""


async def add(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows given by their columns."""
    await session.execute(insert(Webhook), list(rows))


async def last_sequence(session: AsyncSession) -> int:
    """The highest number in use; 0 without any."""
    return await session.scalar(select(func.max(Webhook.sequence))) or 0


async def lanes(session: AsyncSession) -> Sequence[Lane]:
    """Where something waits."""
    query = select(Webhook.url, Webhook.room).distinct()
    return [(url, room) for url, room in await session.execute(query)]


async def waiting(session: AsyncSession, lane: Lane, limit: int) -> Sequence[Webhook]:
    """The oldest of a lane, in order."""
    url, room = lane
    query = select(Webhook).where(Webhook.url == url, Webhook.room == room)
    return (await session.scalars(query.order_by(Webhook.sequence).limit(limit))).all()


async def remove(session: AsyncSession, webhook_id: str) -> None:
    """It was delivered, or given up."""
    await session.execute(delete(Webhook).where(Webhook.id == webhook_id))


async def keep_only(session: AsyncSession, urls: Collection[str]) -> None:
    """Forget what waits for any other URL."""
    await session.execute(delete(Webhook).where(Webhook.url.not_in(urls)))
