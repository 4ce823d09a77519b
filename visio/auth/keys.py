"""API keys: 256 random bits, of which the database has only the SHA-256, that let a program act
as a service, within scopes, until they expire or are revoked."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from visio.auth import accounts
from visio.errors import InvalidToken, Unprocessable
from visio.store import audit, keys, services
from visio.store.acts import Act
from visio.store.audit import SERVER, Author, Deed
from visio.store.database import Database
from visio.store.models import Account, ApiKey

Scope = Literal[
    "rooms:read",
    "rooms:write",
    "rooms:provision",
    "members:read",
    "members:write",
    "meetings:read",
    "transcripts:read",
    "calls:join",
]
"""What a key may be made for; what it then finds is what its service may see."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """A program that showed a good key: which one, whom it acts as, and how far."""

    id: str
    account: Account
    scopes: frozenset[str]
    domains: frozenset[str]


async def add_service(database: Database, name: str, *, by: Author = SERVER) -> Account:
    """A new service."""
    async with database.transaction() as session:
        service = await services.add(session, name)
        await audit.append(session, by, Deed(Act.SERVICE_CREATED, ("account", service.id)))
    return service


async def rename_service(
    database: Database, service_id: str, name: str, *, by: Author = SERVER
) -> None:
    """Others see it by that name from now on; in meetings that run, from the next time."""
    async with database.transaction() as session:
        await services.rename(session, service_id, name)
        await audit.append(session, by, Deed(Act.SERVICE_RENAMED, ("account", service_id)))


async def make(
    database: Database,
    service: Account,
    name: str,
    scopes: Collection[Scope],
    now: int,
    *,
    lifetime: timedelta,
    domains: Collection[str] = (),
    by: Author = SERVER,
) -> tuple[ApiKey, str]:
    """A new key and its text, which nobody can be shown again; raises Unprocessable."""
    text = PREFIX + secrets.token_urlsafe(32)
    known = " ".join(sorted({_domain(one) for one in domains}))
    if len(known) > _LONGEST_LIST:
        raise Unprocessable("These are too many domains.")
    key = ApiKey(
        account_id=service.id,
        name=name,
        digest=_digest(text),
        scopes=" ".join(scope for scope in SCOPES if scope in scopes),
        domains=known,
        expires_at=now + lifetime // timedelta(milliseconds=1),
        created_at=now,
    )
    async with database.transaction() as session:
        await keys.add(session, key)
        detail = {"service": service.id, "scopes": key.scopes, "days": lifetime.days}
        detail |= {"domains": known} if known else {}
        await audit.append(session, by, Deed(Act.KEY_MADE, ("key", key.id), detail=detail))
    return key, text


async def rename(database: Database, key_id: str, name: str, *, by: Author = SERVER) -> bool:
    """Call a key something else; False when there is no such key."""
    async with database.transaction() as session:
        if found := await keys.rename(session, key_id, name):
            await audit.append(session, by, Deed(Act.KEY_RENAMED, ("key", key_id)))
    return found


async def revoke(database: Database, key_id: str, now: int, *, by: Author = SERVER) -> bool:
    """A key is good for nothing from now on; False when there is no such key."""
    async with database.transaction() as session:
        if found := await keys.revoke(session, key_id, now):
            await audit.append(session, by, Deed(Act.KEY_REVOKED, ("key", key_id)))
    return found


async def find(database: Database, text: str, now: int) -> Keyed:
    """Whose key this is; raises InvalidToken for one that is unknown, over, revoked, or of a
    disabled service."""
    async with database.transaction() as session:
        found = await keys.by_digest(session, _digest(text))
        keyed = checked(found, now)
        if found and now - (found[0].last_used_at or 0) >= _NOTED_EVERY:
            await keys.used(session, keyed.id, now)
    return keyed


async def is_of(database: Database, key_id: str, text: str) -> bool:
    """Whether this is that key's text, be it good or not."""
    async with database.transaction() as session:
        found = await keys.by_digest(session, _digest(text))
    return found is not None and found[0].id == key_id


def checked(found: tuple[ApiKey, Account] | None, now: int) -> Keyed:
    """The key, if it is good at `now`; raises InvalidToken."""
    if found is None:
        raise InvalidToken
    key, account = found
    if key.revoked_at is not None or now >= key.expires_at or account.disabled_at is not None:
        raise InvalidToken
    return Keyed(key.id, account, frozenset(key.scopes.split()), frozenset(key.domains.split()))


def _domain(text: str) -> str:
    """A domain as addresses are stored with; raises Unprocessable."""
    try:
        return accounts.normalised(f"x@{text}").removeprefix("x@")
    except Unprocessable:
        raise Unprocessable("This is not a domain.") from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


SCOPES: Sequence[Scope] = get_args(Scope)
PREFIX = "visio_"
"""By which programs that look for leaked secrets know a key."""
LONGEST_LIFE = timedelta(days=366)
"""Of a key; more is less work, less makes keys that leaked unnoticed useless sooner."""
# Characters, of the column.
_LONGEST_LIST = 1024
# Milliseconds. One write a minute at most; more often costs a disk flush per request.
_NOTED_EVERY = 60_000
