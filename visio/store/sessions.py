"""Queries about signed-in browsers; when one is too old is decided in `visio.auth.sessions`."""

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Account, SignIn


async def add(session: AsyncSession, sign_in: SignIn) -> None:
    """Insert."""
    session.add(sign_in)
    await session.flush()


async def find(session: AsyncSession, sign_in_id: str) -> tuple[SignIn, Account] | None:
    """A sign-in and whose it is."""
    query = select(SignIn, Account).join(Account).where(SignIn.id == sign_in_id)
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def seen(session: AsyncSession, sign_in_id: str, now: int) -> None:
    """Note that the browser was here."""
    await session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=now))


async def remove(session: AsyncSession, sign_in_id: str) -> None:
    """Sign one browser out."""
    await session.execute(delete(SignIn).where(SignIn.id == sign_in_id))


async def remove_of(session: AsyncSession, account_id: str, *, but: str = "") -> None:
    """Sign every browser of an account out, `but` one."""
    query = delete(SignIn).where(SignIn.account_id == account_id, SignIn.id != but)
    await session.execute(query)


async def remove_expired(session: AsyncSession, now: int) -> None:
    """Forget what is over anyway."""
    await session.execute(delete(SignIn).where(SignIn.expires_at <= now))
