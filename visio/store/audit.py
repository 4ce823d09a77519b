"""The audit: who did what to what, when, from where. A chain of rows that only ever grows.

Each row's hash covers the row and the hash before it, so that one changed, missing or moved row
breaks the chain at its number. Rows name people by ids only, and hold no words and no tokens.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, cast

from sqlalchemy import (
    Select,
    Table,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.acts import Act
from visio.store.database import Database
from visio.store.models import AuditEntry, AuditHead, wall_clock

Kind = Literal["account", "guest", "key", "command", "server", "nobody"]
"""A person with an account; a guest, by their identity in a meeting; a program, by its API key;
somebody at the command line, by their login; the server itself; somebody unknown."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts, and from which address, as far as it is to be kept."""

    kind: Kind
    id: str | None = None
    address: str | None = None


SERVER = Author("server")
"""The server, by itself."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did: `of` is a kind of thing and its id, `room` where it was.

    `refused` is the code of what was asked for and not allowed. `detail` is for words of ours and
    numbers, never for what people wrote.
    """

    act: Act
    of: tuple[str, str] | None = None
    room: str | None = None
    refused: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: all of them where nothing is said. Times are milliseconds, `until` not in.

    `person` is an account that did something, or had it done to it; `about` a room that it was in,
    or a thing of any kind that it was done to.
    """

    act: str | None = None
    person: str | None = None
    about: str | None = None
    author: str | None = None
    object: str | None = None
    room: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the chain does not hold: the row of that number was changed, or is missing.

    "purged" is no fault of the chain: the row that was expected went by the rules.
    """

    number: int
    what: Literal["changed", "missing", "purged"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found out: the rows it read, the end of the chain, and its faults."""

    rows: int
    number: int
    hash: str
    faults: Sequence[Fault]


class _Head(NamedTuple):
    number: int
    hash: str
    purged_number: int


async def append(session: AsyncSession, author: Author, *deeds: Deed) -> None:
    """Write down what is done in this transaction; both are on disk, or neither.

    To be called last in it: until it ends, nobody else gets to append.
    """
    head = await _lock(session)
    number, last, rows = head.number, head.hash, []
    now = wall_clock()  # behind the lock: the chain's order is that of its times
    for deed in deeds:
        number += 1
        row = _row(number, now, author, deed)
        last = row["hash"] = _hash(last, row)
        rows.append(row)
    if rows:
        await session.execute(insert(_TABLE), rows)


async def page(
    session: AsyncSession, wanted: Wanted, *, before: int | None, limit: int
) -> Sequence[AuditEntry]:
    """The newest rows below the number `before`, newest first."""
    query = _chosen(wanted).order_by(AuditEntry.number.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.number < before)
    return (await session.scalars(query)).all()


async def read(
    database: Database, wanted: Wanted, *, after: int = 0
) -> AsyncIterator[Sequence[AuditEntry]]:
    """All rows above the number `after` in the order of the chain, some at a time."""
    while True:
        query = _chosen(wanted).where(AuditEntry.number > after)
        async with database.transaction() as session:
            rows = (await session.scalars(query.order_by(AuditEntry.number).limit(_AT_ONCE))).all()
        if not rows:
            return
        yield rows
        after = rows[-1].number


async def purge(session: AsyncSession, before: int, author: Author = SERVER) -> int:
    """Delete what is older than `before`; returns how many rows.

    The last one that goes is written down with its hash, in a new row and in the head: from there
    on the rest is still verified.
    """
    head = await _lock(session)
    kept = select(func.min(AuditEntry.number)).where(AuditEntry.created_at >= before)
    # The newest row stays at least.
    through = (await session.scalar(kept) or head.number) - 1
    if through <= head.purged_number:
        return 0
    hash_ = await session.scalar(select(AuditEntry.hash).where(AuditEntry.number == through))
    if hash_ is None:
        return 0  # a chain with a hole is evidence: it stays as it is
    rows = through - head.purged_number
    detail = {"through": through, "hash": hash_, "rows": rows}
    await append(session, author, Deed(Act.AUDIT_PURGED, detail=detail))
    await session.execute(update(AuditHead).values(purged_number=through, purged_hash=hash_))
    await session.execute(delete(AuditEntry).where(AuditEntry.number <= through))
    return rows


async def verify(database: Database, *, expected: tuple[int, str] | None = None) -> Verdict:
    """Read the whole chain and say where it does not hold.

    `expected` is a number and a hash that were noted before: whoever rewrites all of the chain can
    make it hold, but not end there again.
    """
    while True:
        head = await _head(database)
        verdict = await _verify(database, head, expected)
        if not verdict.faults or (await _head(database)).purged_number == head.purged_number:
            return verdict
        # What was purged meanwhile is not missing.


def shown(row: AuditEntry) -> dict[str, object]:
    """A row for people and programs: all of `COLUMNS`."""
    return {name: getattr(row, name) for name in COLUMNS}


async def _verify(database: Database, head: AuditHead, expected: tuple[int, str] | None) -> Verdict:
    faults: list[Fault] = []
    number, last, rows, anchored = head.purged_number, head.purged_hash, 0, not head.purged_number
    async for some in read(database, Wanted(), after=number):
        for row in some:
            if row.number > head.number:
                break  # written since
            if row.number > number + 1:
                faults.append(Fault(number + 1, "missing"))
            # After a hole nothing is known of the hash before: the hole is the fault.
            elif row.hash != _hash(last, _covered(row)) or not _fits(row, expected):
                faults.append(Fault(row.number, "changed"))
            anchored = anchored or _is_anchor(row, head)
            number, last, rows = row.number, row.hash, rows + 1
    if number < head.number:
        faults.append(Fault(number + 1, "missing"))
    elif last != head.hash:
        faults.append(Fault(number, "changed"))
    if not anchored:  # the head says that rows were purged, and no row does
        faults.append(Fault(head.purged_number, "missing"))
    if expected and not head.purged_number < expected[0] <= head.number:
        faults.append(Fault(expected[0], "missing" if expected[0] > head.number else "purged"))
    return Verdict(rows, head.number, head.hash, faults)


def _fits(row: AuditEntry, expected: tuple[int, str] | None) -> bool:
    return expected is None or expected[0] != row.number or expected[1] == row.hash


def _is_anchor(row: AuditEntry, head: AuditHead) -> bool:
    if row.act != Act.AUDIT_PURGED:
        return False
    said = json.loads(row.detail)
    return bool(said["through"] == head.purged_number and said["hash"] == head.purged_hash)


def _row(number: int, now: int, author: Author, deed: Deed) -> dict[str, Any]:
    kind, name = deed.of or (None, None)
    return {
        "number": number,
        "created_at": now,
        "act": str(deed.act),
        "author_kind": author.kind,
        "author": author.id,
        "address": author.address,
        "object_kind": kind,
        "object": name,
        "room": deed.room,
        "refused": deed.refused,
        "detail": json.dumps(deed.detail, sort_keys=True, separators=(",", ":")),
    }


def _covered(row: AuditEntry) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _COVERED}


def _hash(before: str, row: Mapping[str, object]) -> str:
    """SHA-256, in hexadecimal, over the hash before and the row as JSON."""
    canonical = json.dumps([row[name] for name in _COVERED], separators=(",", ":"))
    return hashlib.sha256(f"{before}{canonical}".encode()).hexdigest()


async def _lock(session: AsyncSession) -> _Head:
    """The head as it is, which nobody else moves until this transaction ends."""
    columns = (AuditHead.number, AuditHead.hash, AuditHead.purged_number)
    return _Head(*(await session.execute(select(*columns).with_for_update())).one())


async def _head(database: Database) -> AuditHead:
    async with database.transaction() as session:
        return (await session.scalars(select(AuditHead))).one()


def _chosen(wanted: Wanted) -> Select[AuditEntry]:
    query = select(AuditEntry)
    for name in ("act", "author", "object", "room"):
        if value := getattr(wanted, name):
            query = query.where(getattr(AuditEntry, name) == value)
    if wanted.person:
        done_to = and_(AuditEntry.object == wanted.person, AuditEntry.object_kind == "account")
        query = query.where(or_(AuditEntry.author == wanted.person, done_to))
    if wanted.about:
        query = query.where(or_(AuditEntry.object == wanted.about, AuditEntry.room == wanted.about))
    if wanted.since is not None:
        query = query.where(AuditEntry.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.created_at < wanted.until)
    return query


# Rows are written without the unit of work: it costs more than they do.
_TABLE = cast("Table", AuditEntry.__table__)
_COVERED = (
    "number",
    "created_at",
    "act",
    "author_kind",
    "author",
    "address",
    "object_kind",
    "object",
    "room",
    "refused",
    "detail",
)
"""The columns that a hash covers, in their order: those of all versions, for ever."""
COLUMNS = (*_COVERED, "hash")
# Rows read at once: more takes memory, less more queries.
_AT_ONCE = 1000
