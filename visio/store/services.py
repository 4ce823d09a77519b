"""Queries about services: programs and room systems with an account that nobody signs in to."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Account, new_id


async def add(session: AsyncSession, name: str) -> Account:
    """A new service; names need not differ."""
    row_id = new_id()
    # The column wants an address: this one is nobody's (RFC 2606), and no query by address
    # finds a service.
    account = Account(id=row_id, email=f"{row_id}@service.invalid", name=name, kind="service")
    session.add(account)
    await session.flush()
    return account


async def find(session: AsyncSession, account_id: str) -> Account | None:
    """The service of that id."""
    query = select(Account).where(Account.id == account_id, Account.kind == "service")
    return await session.scalar(query)


async def rename(session: AsyncSession, account_id: str, name: str) -> None:
    """Call it something else."""
    await session.execute(update(Account).where(Account.id == account_id).values(name=name))


async def listed(session: AsyncSession) -> Sequence[Account]:
    """The newest first."""
    query = select(Account).where(Account.kind == "service")
    return (await session.scalars(query.order_by(Account.created_at.desc(), Account.id))).all()
