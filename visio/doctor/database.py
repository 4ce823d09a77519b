"""What the database says of itself; nothing is migrated or made."""

import ipaddress
import socket
import time
from dataclasses import replace
from pathlib import Path

from sqlalchemy import func, make_url, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from visio.doctor.facts import Clock, Store
from visio.doctor.reasons import within
from visio.store import schema, talkspurts
from visio.store.acts import Act
from visio.store.database import Database
from visio.store.models import AuditEntry

PATIENCE = 10.0
"""Seconds for all questions; more waits longer for a database that hangs."""


async def observed(url: str) -> tuple[Store, Clock | None]:
    """The database of a URL, and its clock if it has one of its own."""
    parts = make_url(url)
    sqlite = parts.drivername.startswith("sqlite")
    empty = Store("sqlite" if sqlite else "postgresql", known=schema.revisions())
    if sqlite and not _exists(parts.database or ""):
        return replace(empty, there=False), None

    async def observe() -> tuple[Store, Clock | None]:
        found = replace(empty, revision=await schema.revision(url), near=_near(parts.host))
        database = await Database.open(url)
        try:
            async with database.transaction() as session:
                return await _asked(session, found)
        finally:
            await database.close()

    return await within(PATIENCE, observe, lambda trouble: (replace(empty, trouble=trouble), None))


async def _asked(session: AsyncSession, found: Store) -> tuple[Store, Clock | None]:
    clock = None
    if found.kind == "sqlite":
        found = replace(found, version=str(await session.scalar(text("SELECT sqlite_version()"))))
    else:
        version = str(await session.scalar(text("SHOW server_version")))
        secured = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        encrypted = bool(await session.scalar(secured))
        found = replace(found, version=version.split(maxsplit=1)[0], encrypted=encrypted)
        clock = await _clock(session)
    return await _with_work(session, found), clock


async def _with_work(session: AsyncSession, found: Store) -> Store:
    """What its rows say, where they are those of this program."""
    if found.revision != found.known[-1]:
        return found
    queue = await talkspurts.backlog(session, await talkspurts.clock(session))
    made = select(func.max(AuditEntry.created_at)).where(AuditEntry.act == Act.BACKUP_MADE)
    return replace(
        found, waiting=queue.waiting, lag=queue.lag, backup_at=await session.scalar(made)
    )


async def _clock(session: AsyncSession) -> Clock:
    began = time.time()
    there = await talkspurts.clock(session) / 1000
    ended = time.time()
    return Clock("PostgreSQL", there - (began + ended) / 2, (ended - began) / 2)


def _near(host: str | None) -> bool:
    """Whether the way there stays on this host or in a private network."""
    if not host or host.startswith("/"):
        return True
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return True
    return all(ipaddress.ip_address(str(one).partition("%")[0]).is_private for one in found)


def _exists(file: str) -> bool:
    return Path(file).exists()
