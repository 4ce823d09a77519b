"""Making accounts, and finding out that somebody is the holder of one."""

import re

from visio.auth import passwords
from visio.errors import InvalidCredentials, Unprocessable
from visio.store import accounts, audit, links, sessions
from visio.store.acts import Act
from visio.store.audit import SERVER, Author, Deed
from visio.store.database import Database
from visio.store.models import Account


async def create(
    database: Database, email: str, name: str, *, administrator: bool = False, by: Author = SERVER
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
    return await _add(database, account, by), password


async def invite(
    database: Database, email: str, name: str, *, administrator: bool = False, by: Author = SERVER
) -> Account:
    """A new account without a password: its holder chooses one by a link that is mailed.

    Raises EmailTaken or Unprocessable.
    """
    account = Account(
        email=normalised(email),
        name=name.strip() or email.partition("@")[0],
        administrator=administrator,
    )
    return await _add(database, account, by)


async def authenticate(database: Database, email: str, password: str) -> Account:
    """The account whose password this is; raises InvalidCredentials, equally slow either way."""
    async with database.transaction() as session:
        account = await accounts.by_email(session, email.strip().lower())
    password_hash = account.password_hash if account else None
    if not await passwords.matches(password_hash, password) or account is None:
        raise InvalidCredentials
    if account.disabled_at is not None:
        raise InvalidCredentials
    if password_hash and passwords.outdated(password_hash):
        await _set_password(database, account, password, must_change=account.must_change_password)
    return account


async def change_password(
    database: Database, account: Account, current: str, new: str, *, here: str, by: Author = SERVER
) -> None:
    """Replace the holder's own password; raises InvalidCredentials or WeakPassword.

    Every browser is signed out but that of the session `here`: whoever knew the old password is
    gone in the same moment.
    """
    await confirm_password(account, current)
    passwords.check_strength(new, current)
    password_hash = await passwords.hashed(new)
    async with database.transaction() as session:
        await accounts.set_password(session, account.id, password_hash, must_change=False)
        await sessions.remove_of(session, account.id, but=here)
        await links.remove_of(session, account.id)
        await audit.append(session, by, _of(Act.PASSWORD_CHANGED, account.id))


async def confirm_password(account: Account, password: str) -> None:
    """Before what a stolen session must not do; raises InvalidCredentials."""
    if not await passwords.matches(account.password_hash, password):
        raise InvalidCredentials


async def reset_password(database: Database, email: str, *, by: Author = SERVER) -> str | None:
    """Give the account a one-time password and sign it out everywhere; None without such one."""
    async with database.transaction() as session:
        account = await accounts.by_email(session, normalised(email))
    if account is None:
        return None
    password = passwords.one_time()
    password_hash = await passwords.hashed(password)
    async with database.transaction() as session:
        await accounts.set_password(session, account.id, password_hash, must_change=True)
        await sessions.remove_of(session, account.id)
        await links.remove_of(session, account.id)
        await audit.append(session, by, _of(Act.PASSWORD_RESET, account.id))
    return password


async def disable(database: Database, account_id: str, now: int, *, by: Author = SERVER) -> None:
    """Nobody signs in as this account any more, and its browsers are signed out."""
    async with database.transaction() as session:
        await accounts.set_disabled(session, [account_id], now)
        await sessions.remove_of(session, account_id)
        await links.remove_of(session, account_id)
        await audit.append(session, by, _of(Act.ACCOUNT_DISABLED, account_id))


async def enable(database: Database, account_id: str, *, by: Author = SERVER) -> None:
    """Take `disable` back: the old password is good again."""
    async with database.transaction() as session:
        await accounts.set_disabled(session, [account_id], None)
        await audit.append(session, by, _of(Act.ACCOUNT_ENABLED, account_id))


def normalised(email: str) -> str:
    """An address as it is stored; raises Unprocessable for what is not plainly one address."""
    address = email.strip().lower()
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise Unprocessable("This is not an e-mail address.")
    return address


async def _add(database: Database, account: Account, by: Author) -> Account:
    async with database.transaction() as session:
        added = await accounts.add(session, account)
        detail = {"administrator": added.administrator}
        made = Deed(Act.ACCOUNT_CREATED, ("account", added.id), detail=detail)
        await audit.append(session, by, made)
    return added


def _of(act: Act, account_id: str) -> Deed:
    return Deed(act, ("account", account_id))


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
