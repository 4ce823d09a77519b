"""Queries about mailed links; how long one is good is decided in `visio.auth.links`."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Account, MailedLink


async def add(session: AsyncSession, link: MailedLink) -> None:
    """Insert; the account's older links are good for nothing from now on."""
    await remove_of(session, link.account_id)
    session.add(link)
    await session.flush()


async def find(session: AsyncSession, link_id: str, now: int) -> tuple[MailedLink, Account] | None:
    """A link that is still good, and whose it is."""
    query = (
        select(MailedLink, Account)
        .join(Account)
        .where(MailedLink.id == link_id, MailedLink.expires_at > now, Account.disabled_at.is_(None))
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def take(session: AsyncSession, link_id: str) -> bool:
    """Use it up; False when somebody was faster."""
    query = delete(MailedLink).where(MailedLink.id == link_id).returning(MailedLink.id)
    return await session.scalar(query) is not None


async def remove_of(session: AsyncSession, *account_ids: str) -> None:
    """Forget all links of some accounts."""
    await session.execute(delete(MailedLink).where(MailedLink.account_id.in_(account_ids)))


async def remove_expired(session: AsyncSession, now: int) -> None:
    """Forget what is over anyway."""
    await session.execute(delete(MailedLink).where(MailedLink.expires_at <= now))
