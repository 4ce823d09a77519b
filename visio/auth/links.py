"""Links that are mailed to choose a password: 256 random bits, good once and not for long."""

import hashlib
import secrets
from datetime import timedelta

from visio.auth import passwords
from visio.errors import LinkSpent
from visio.mail import Purpose
from visio.store import accounts, audit, links, sessions, subjects
from visio.store.acts import Act
from visio.store.audit import SERVER, Author, Deed
from visio.store.database import Database
from visio.store.models import Account, MailedLink


async def make(
    database: Database, account_id: str, purpose: Purpose, now: int, *, by: Author = SERVER
) -> str:
    """The token of a new link; older ones of this account are good for nothing from now on."""
    token = secrets.token_urlsafe(32)
    link = MailedLink(
        id=_digest(token),
        account_id=account_id,
        purpose=purpose,
        expires_at=now + LIFETIMES[purpose] // timedelta(milliseconds=1),
    )
    async with database.transaction() as session:
        await links.remove_expired(session, now)
        await links.add(session, link)
        made = Deed(Act.LINK_MADE, ("account", account_id), detail={"purpose": purpose})
        await audit.append(session, by, made)
    return token


async def mailable(database: Database, account: Account) -> bool:
    """Whether its holder may choose a password: not who is disabled, and not whom an identity
    provider alone signs in, or it could not keep them out any more."""
    async with database.transaction() as session:
        provided = account.id in await subjects.known_among(session, [account.id])
    return account.disabled_at is None and not (provided and account.password_hash is None)


async def find(database: Database, token: str, now: int) -> tuple[MailedLink, Account]:
    """What a link is for, and for whom; raises LinkSpent."""
    async with database.transaction() as session:
        if (found := await links.find(session, _digest(token), now)) is None:
            raise LinkSpent
        return found


async def use(
    database: Database, token: str, password: str, now: int, *, address: str | None = None
) -> None:
    """Set the password and sign the account out everywhere; raises LinkSpent or WeakPassword.

    `address` is for the audit: whoever has the link acts as the account.
    """
    link, account = await find(database, token, now)
    passwords.check_strength(password, "")
    password_hash = await passwords.hashed(password)
    async with database.transaction() as session:
        if not await links.take(session, link.id):
            raise LinkSpent
        await accounts.set_password(session, account.id, password_hash, must_change=False)
        await sessions.remove_of(session, account.id)
        reset = Deed(Act.PASSWORD_RESET, ("account", account.id), detail={"link": link.purpose})
        await audit.append(session, Author("account", account.id, address), reset)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# More is kinder to people on holiday and to people without their mail, less to stolen mailboxes.
LIFETIMES: dict[Purpose, timedelta] = {
    "invitation": timedelta(days=7),
    "reset": timedelta(hours=1),
}
