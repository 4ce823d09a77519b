"""Answers that are kept for who asks again with the same Idempotency-Key."""

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import KeptAnswer


class AnsweredMeanwhile(Exception):  # noqa: N818 - a reason to begin anew
    """The same request was answered by another transaction."""


async def find(session: AsyncSession, account_id: str, key: str) -> KeptAnswer | None:
    """What was answered to that key of an account."""
    return await session.get(KeptAnswer, (account_id, key))


async def keep(session: AsyncSession, answer: KeptAnswer, forget_before: int) -> None:
    """Insert, and forget old ones; raises AnsweredMeanwhile, and then all is to be rolled back."""
    await session.execute(delete(KeptAnswer).where(KeptAnswer.created_at < forget_before))
    session.add(answer)
    try:
        await session.flush()
    except IntegrityError:
        raise AnsweredMeanwhile from None
