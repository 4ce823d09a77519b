"""Queries about API keys; which of them are good is decided in `visio.auth.keys`."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Account, ApiKey


async def add(session: AsyncSession, key: ApiKey) -> None:
    """Insert."""
    session.add(key)
    await session.flush()


async def by_digest(session: AsyncSession, digest: str) -> tuple[ApiKey, Account] | None:
    """A key and the service that acts by it."""
    query = select(ApiKey, Account).join(Account).where(ApiKey.digest == digest)
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def by_id(session: AsyncSession, key_id: str) -> tuple[ApiKey, Account] | None:
    """The same, by the key's id."""
    query = select(ApiKey, Account).join(Account).where(ApiKey.id == key_id)
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def listed(session: AsyncSession) -> Sequence[tuple[ApiKey, Account]]:
    """Those of all services with these, newest first; revoked ones too."""
    query = select(ApiKey, Account).join(Account).order_by(ApiKey.created_at.desc(), ApiKey.id)
    return [(key, service) for key, service in await session.execute(query)]


async def names_of(session: AsyncSession, key_ids: Iterable[str]) -> dict[str, str]:
    """What those of some keys that there are are called."""
    query = select(ApiKey.id, ApiKey.name).where(ApiKey.id.in_(list(key_ids)))
    return {row.id: row.name for row in await session.execute(query)}


async def rename(session: AsyncSession, key_id: str, name: str) -> bool:
    """Call it something else; False when there is no such key."""
    await session.execute(update(ApiKey).where(ApiKey.id == key_id).values(name=name))
    return await session.get(ApiKey, key_id) is not None


async def used(session: AsyncSession, key_id: str, now: int) -> None:
    """Note that it was."""
    await session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now))


async def revoke(session: AsyncSession, key_id: str, now: int) -> bool:
    """Good for nothing from now on; False when there is no such key."""
    query = update(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
    await session.execute(query.values(revoked_at=now))
    return await session.get(ApiKey, key_id) is not None
