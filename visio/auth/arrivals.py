"""Whose account it is that an identity provider signs in, and the sessions that it may end."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from visio.auth import entities
from visio.auth.oidc import Person
from visio.errors import EmailUnverified, SignInFailed
from visio.store import accounts, audit, sessions, subjects
from visio.store.acts import Act
from visio.store.audit import SERVER, Author, Deed
from visio.store.database import Database
from visio.store.models import Account, OidcSubject


async def account_of(
    database: Database,
    issuer: str,
    person: Person,
    domains: Collection[str],
    *,
    by: Author = SERVER,
) -> Account:
    """The account of this subject; at the first time that of its verified address, or a new one.

    Raises EmailUnverified for an address outside `domains` (of none, all will do), EmailTaken when
    the address belongs to another subject's account, SignInFailed for a disabled one.
    """
    if domains and person.email.rpartition("@")[2] not in domains:
        raise EmailUnverified
    async with database.transaction() as session:
        account, done = await subjects.find(session, issuer, person.subject), []
        if account is None:
            account, linked = await _linked(session, issuer, person)
            done.append(linked)
        if account.disabled_at is not None:
            raise SignInFailed
        account.name = person.name or account.name
        if person.entity is not None:
            done += await entities.follow(session, account, person.entity)
        await audit.append(session, by, *done)
    return account


async def end_sessions(database: Database, issuer: str, claims: Mapping[str, Any]) -> None:
    """Sign out whom a logout token names: one browser by `sid`, or all of a person's by `sub`.

    Only those the provider signed in, and not after the token was made: sent again it ends nothing
    that is newer.
    """
    until = int((claims["iat"] + 1) * 1000)
    async with database.transaction() as session:
        signed_out: set[str] = set()
        if sid := claims.get("sid"):
            signed_out = await sessions.remove_provided(session, until, sid=sid)
        elif account := await subjects.find(session, issuer, claims["sub"]):
            signed_out = await sessions.remove_provided(session, until, account_id=account.id)
        for account_id in signed_out:
            closed = Deed(Act.SIGNED_OUT, ("account", account_id), detail={"provider": True})
            await audit.append(session, SERVER, closed)


async def _linked(session: AsyncSession, issuer: str, person: Person) -> tuple[Account, Deed]:
    """The account that is the person's from now on, and what was done."""
    account, act = await accounts.by_email(session, person.email), Act.ACCOUNT_LINKED
    if account is None:
        act = Act.ACCOUNT_CREATED
        name = person.name or person.email.partition("@")[0]
        account = await accounts.add(session, Account(email=person.email, name=name))
    # Refused if it has one: an address that went to somebody else brings them no account.
    subject = OidcSubject(issuer=issuer, subject=person.subject, account_id=account.id)
    await subjects.add(session, subject)
    return account, Deed(act, ("account", account.id), detail={"provider": True})
