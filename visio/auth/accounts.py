"""Making accounts, and finding out that somebody is the holder of one."""

import re

from visio.auth import passwords
from visio.errors import InvalidCredentials, Unprocessable
from visio.store import accounts, sessions
from visio.store.database import Database
from visio.store.models import Account


async def create(
    database: Database, email: str, name: str, *, administrator: bool = False
) -> tuple[Account, str]:
    """A new account with a one-time password; raises EmailTaken or Unprocessable."""
    password = passwords.one_time()
    account = Account(
        email=normalised(email),
        name=name.strip() or email.partition("@")[0],
        password_hash=await passwords.hashed(password),
        administrator=administrator,
        must_change_password=True,
    )
    async with database.transaction() as session:
        return await accounts.add(session, account), password


async def authenticate(database: Database, email: str, password: str) -> Account:
    """The account whose password this is; raises InvalidCredentials, equally slow either way."""
    async with database.transaction() as session:
        account = await accounts.by_email(session, email.strip().lower())
    password_hash = account.password_hash if account else None
    if not await passwords.matches(password_hash, password) or account is None:
        raise InvalidCredentials
    if passwords.outdated(account.password_hash):
        await _set_password(database, account, password, must_change=account.must_change_password)
    return account


async def change_password(database: Database, account: Account, current: str, new: str) -> None:
    """Replace the holder's own password; raises InvalidCredentials or WeakPassword."""
    if not await passwords.matches(account.password_hash, current):
        raise InvalidCredentials
    passwords.check_strength(new, current)
    await _set_password(database, account, new, must_change=False)


async def reset_password(database: Database, email: str) -> str | None:
    """Give the account a one-time password and sign it out everywhere; None without such one."""
    async with database.transaction() as session:
        account = await accounts.by_email(session, normalised(email))
        if account is None:
            return None
        await sessions.remove_of(session, account.id)
    password = passwords.one_time()
    await _set_password(database, account, password, must_change=True)
    return password


def normalised(email: str) -> str:
    """An address as it is stored; raises Unprocessable for what is not plainly one address."""
    address = email.strip().lower()
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise Unprocessable("This is not an e-mail address.")
    return address


async def _set_password(
    database: Database, account: Account, password: str, *, must_change: bool
) -> None:
    password_hash = await passwords.hashed(password)
    async with database.transaction() as session:
        await accounts.set_password(session, account.id, password_hash, must_change=must_change)


# Dot-atom @ host names, ASCII only (RFC 5321 §4.1.2 without quoting): no room for look-alikes.
_ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
)
