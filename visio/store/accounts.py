"""Queries about accounts. E-mail addresses come in lower case: `visio.auth.accounts` sees to it."""

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from visio.errors import EmailTaken
from visio.store.models import Account


async def add(session: AsyncSession, account: Account) -> Account:
    """Insert; raises EmailTaken."""
    try:
        async with session.begin_nested():
            session.add(account)
    except IntegrityError:
        raise EmailTaken from None
    return account


async def by_email(session: AsyncSession, email: str) -> Account | None:
    """The account of a lower-case address."""
    return await session.scalar(select(Account).where(Account.email == email))


async def listed(session: AsyncSession) -> Sequence[Account]:
    """All, by address."""
    return (await session.scalars(select(Account).order_by(Account.email))).all()


async def count(session: AsyncSession) -> int:
    """How many there are."""
    return await session.scalar(select(func.count()).select_from(Account)) or 0


async def set_password(
    session: AsyncSession, account_id: str, password_hash: str, *, must_change: bool
) -> None:
    """Replace the password; `must_change` for one that somebody else knows."""
    await session.execute(
        update(Account)
        .where(Account.id == account_id)
        .values(password_hash=password_hash, must_change_password=must_change)
    )
