"""Queries about accounts as an identity provider knows them."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from visio.errors import EmailTaken
from visio.store.models import Account, OidcSubject


async def find(session: AsyncSession, issuer: str, subject: str) -> Account | None:
    """Whom the provider means."""
    query = select(Account).join(OidcSubject, OidcSubject.account_id == Account.id)
    return await session.scalar(
        query.where(OidcSubject.issuer == issuer, OidcSubject.subject == subject)
    )


async def add(session: AsyncSession, subject: OidcSubject) -> None:
    """Insert; raises EmailTaken when the account has a subject of this provider already."""
    try:
        async with session.begin_nested():
            session.add(subject)
    except IntegrityError:
        raise EmailTaken from None


async def known_among(session: AsyncSession, account_ids: Iterable[str]) -> set[str]:
    """Those whom any provider signs in."""
    query = select(OidcSubject.account_id).where(OidcSubject.account_id.in_(list(account_ids)))
    return set(await session.scalars(query))
