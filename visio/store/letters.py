"""Queries about letters on their way to the mail server."""

from collections.abc import Iterable

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import OutgoingLetter


async def add(session: AsyncSession, rows: Iterable[OutgoingLetter]) -> None:
    """Insert."""
    session.add_all(rows)
    await session.flush()


async def claim(session: AsyncSession, now: int, patience: int) -> OutgoingLetter | None:
    """The one that has waited longest, which nobody else takes for `patience` milliseconds."""
    waiting = (
        select(OutgoingLetter)
        .where(OutgoingLetter.next_at <= now)
        .order_by(OutgoingLetter.next_at, OutgoingLetter.created_at, OutgoingLetter.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    letter = await session.scalar(waiting)
    if letter:
        letter.next_at = now + patience
        letter.attempts += 1
    return letter


async def put_back(session: AsyncSession, letter_id: str, next_at: int) -> None:
    """It was not taken: tried again then."""
    mine = update(OutgoingLetter).where(OutgoingLetter.id == letter_id)
    await session.execute(mine.values(next_at=next_at))


async def remove(session: AsyncSession, letter_id: str) -> None:
    """It was taken, or given up."""
    await session.execute(delete(OutgoingLetter).where(OutgoingLetter.id == letter_id))


async def count(session: AsyncSession) -> int:
    """How many wait."""
    return await session.scalar(select(func.count()).select_from(OutgoingLetter)) or 0
