"""Signed-in browsers: a random cookie token, of which the database has only the SHA-256."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from visio.store import audit, sessions
from visio.store.acts import Act
from visio.store.audit import SERVER, Author, Deed
from visio.store.database import Database
from visio.store.models import Account, SignIn


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose browser it is; `id` names the session, and opens nothing."""

    id: str
    account: Account
    strong: bool
    """Whether more than a password was shown."""
    id_token: bytes | None = None
    """Of the identity provider that signed them in; sealed."""


@dataclass(frozen=True, slots=True)
class Provided:
    """What an identity provider calls the session, and its token, sealed."""

    sid: str | None
    id_token: bytes


async def open_session(
    database: Database,
    account_id: str,
    now: int,
    *,
    strong: bool = False,
    provided: Provided | None = None,
    by: Author = SERVER,
) -> str:
    """Sign a browser in; returns the token for its cookie (256 random bits)."""
    token = secrets.token_urlsafe(32)
    sign_in = SignIn(
        id=_digest(token),
        account_id=account_id,
        expires_at=now + _milliseconds(LIFETIME),
        seen_at=now,
        strong=strong,
        provider_sid=provided.sid if provided else None,
        id_token=provided.id_token if provided else None,
        created_at=now,
    )
    async with database.transaction() as session:
        await sessions.remove_expired(session, now)
        await sessions.add(session, sign_in)
        await sessions.seen(session, sign_in, now)
        detail = {"strong": strong, "provider": provided is not None}
        signed_in = Deed(Act.SIGNED_IN, ("account", account_id), detail=detail)
        await audit.append(session, by, signed_in)
    return token


async def find_session(database: Database, token: str, now: int) -> SignedIn | None:
    """Who holds this token; None when it is unknown, too old, or was idle too long."""
    digest = _digest(token)
    async with database.transaction() as session:
        if (found := await sessions.find(session, digest)) is None:
            return None
        sign_in, account = found
        if is_over(sign_in, now):
            await sessions.remove(session, digest)
            return None
        if now - sign_in.seen_at >= _milliseconds(_NOTED_EVERY):
            await sessions.seen(session, sign_in, now)
        return SignedIn(digest, account, sign_in.strong, sign_in.id_token)


async def close_session(database: Database, token: str, *, by: Author = SERVER) -> None:
    """Sign the browser out; an unknown token is no error."""
    async with database.transaction() as session:
        if account_id := await sessions.remove(session, _digest(token)):
            await audit.append(session, by, Deed(Act.SIGNED_OUT, ("account", account_id)))


async def close_others(database: Database, signed_in: SignedIn, *, by: Author = SERVER) -> None:
    """Sign the account's other browsers out: whoever knew the old password is gone."""
    async with database.transaction() as session:
        await sessions.remove_of(session, signed_in.account.id, but=signed_in.id)
        closed = Deed(Act.OTHERS_SIGNED_OUT, ("account", signed_in.account.id))
        await audit.append(session, by, closed)


async def strengthen(database: Database, signed_in: SignedIn) -> None:
    """More than a password was shown in this browser; the others are signed out."""
    async with database.transaction() as session:
        await sessions.strengthen(session, signed_in.id)
        await sessions.remove_of(session, signed_in.account.id, but=signed_in.id)


def is_over(sign_in: SignIn, now: int) -> bool:
    """Whether it has run out or was idle too long."""
    return now >= sign_in.expires_at or now - sign_in.seen_at >= _milliseconds(IDLE)


def id_token_context(account_id: str) -> str:
    """What a provider's token is sealed for."""
    return f"session:{account_id}:id_token"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _milliseconds(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)


LIFETIME = timedelta(hours=12)
"""A working day; more leaves stolen cookies good for longer, less asks for passwords more often."""
IDLE = timedelta(minutes=30)
"""Without a request; more is kinder to long pauses, less to people who forget to sign out."""
# One write a minute at most; more often costs a disk flush per request.
_NOTED_EVERY = timedelta(minutes=1)
