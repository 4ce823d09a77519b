"""Queries about accounts. E-mail addresses come in lower case: `visio.auth.accounts` sees to it."""

from collections.abc import Collection, Iterable, Sequence

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
    """The person of a lower-case address."""
    return await session.scalar(select(Account).where(Account.email == email, _PERSON))


async def ids_of(session: AsyncSession, emails: Collection[str]) -> dict[str, str]:
    """The people of these addresses who are not kept out."""
    query = select(Account.email, Account.id).where(
        Account.email.in_(emails), Account.disabled_at.is_(None), _PERSON
    )
    return {row.email: row.id for row in await session.execute(query)}


async def find(session: AsyncSession, account_id: str) -> Account | None:
    """The person of that id."""
    return await session.scalar(select(Account).where(Account.id == account_id, _PERSON))


async def listed(session: AsyncSession) -> Sequence[Account]:
    """All people, by address."""
    query = select(Account).where(_PERSON).order_by(Account.email)
    return (await session.scalars(query)).all()


async def count(session: AsyncSession) -> int:
    """How many people there are."""
    return await session.scalar(select(func.count()).where(_PERSON)) or 0


async def set_password(
    session: AsyncSession, account_id: str, password_hash: str, *, must_change: bool
) -> None:
    """Replace the password; `must_change` for one that somebody else knows."""
    await session.execute(
        update(Account)
        .where(Account.id == account_id)
        .values(password_hash=password_hash, must_change_password=must_change)
    )


async def set_disabled(
    session: AsyncSession, account_ids: Collection[str], disabled_at: int | None
) -> None:
    """Keep them out from then on, or let them in again."""
    change = update(Account).where(Account.id.in_(account_ids)).values(disabled_at=disabled_at)
    await session.execute(change)


async def set_administrator(
    session: AsyncSession, account_ids: Collection[str], administrator: bool
) -> None:
    """Whether they administrate the instance."""
    change = update(Account).where(Account.id.in_(account_ids))
    await session.execute(change.values(administrator=administrator))


async def names_of(session: AsyncSession, account_ids: Iterable[str]) -> dict[str, str]:
    """What those of some accounts that there are are called."""
    query = select(Account.id, Account.name).where(Account.id.in_(list(account_ids)))
    return {row.id: row.name for row in await session.execute(query)}


async def disabled_among(session: AsyncSession, account_ids: Iterable[str]) -> set[str]:
    """Those who are kept out."""
    query = select(Account.id).where(
        Account.id.in_(list(account_ids)), Account.disabled_at.is_not(None)
    )
    return set(await session.scalars(query))


_PERSON = Account.kind == "person"
