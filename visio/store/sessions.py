"""Queries about signed-in browsers; when one is too old is decided in `visio.auth.sessions`."""

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Account, SignIn


async def add(session: AsyncSession, sign_in: SignIn) -> None:
    """Insert."""
    session.add(sign_in)
    await session.flush()


async def find(session: AsyncSession, sign_in_id: str) -> tuple[SignIn, Account] | None:
    """A sign-in and whose it is, unless they are kept out; services never sign in."""
    admitted = Account.disabled_at.is_(None), Account.kind == "person"
    query = select(SignIn, Account).join(Account).where(SignIn.id == sign_in_id, *admitted)
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def seen(session: AsyncSession, sign_in: SignIn, now: int) -> None:
    """Note that the browser was here, and with it whose it is."""
    await session.execute(update(SignIn).where(SignIn.id == sign_in.id).values(seen_at=now))
    account = update(Account).where(Account.id == sign_in.account_id)
    await session.execute(account.values(seen_at=now))


async def strengthen(session: AsyncSession, sign_in_id: str) -> None:
    """Note that more than a password was shown."""
    await session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(strong=True))


async def remove(session: AsyncSession, sign_in_id: str) -> str | None:
    """Sign one browser out; returns whose account's, if it was signed in."""
    query = delete(SignIn).where(SignIn.id == sign_in_id).returning(SignIn.account_id)
    return await session.scalar(query)


async def remove_of(session: AsyncSession, *account_ids: str, but: str = "") -> None:
    """Sign every browser of some accounts out, `but` one."""
    query = delete(SignIn).where(SignIn.account_id.in_(account_ids), SignIn.id != but)
    await session.execute(query)


async def remove_provided(
    session: AsyncSession, until: int, *, sid: str | None = None, account_id: str | None = None
) -> set[str]:
    """Sign out what an identity provider signed in before: one browser, or all of an account.

    Returns the accounts whose browsers these were.
    """
    whose = SignIn.provider_sid == sid if sid else SignIn.account_id == account_id
    query = delete(SignIn).where(SignIn.id_token.is_not(None), SignIn.created_at < until, whose)
    return set(await session.scalars(query.returning(SignIn.account_id)))


async def remove_expired(session: AsyncSession, now: int) -> None:
    """Forget what is over anyway."""
    await session.execute(delete(SignIn).where(SignIn.expires_at <= now))
