"""The proofs of deletion: rows of the audit, one for each meeting that is gone, with what it takes
to check one by itself."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store import accounts
from visio.store.acts import Act
from visio.store.database import Database
from visio.store.models import AuditEntry, AuditHead, Room
from visio.store.words import folded


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which proofs: of a meeting of that id, or of rooms whose title or slug contains `search`;
    deleted at `since` or later, and before `until`."""

    search: str = ""
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A row of the audit and the hash of the row before it, None where that was purged long ago;
    the room, and the name of who deleted, where there is one."""

    entry: AuditEntry
    before: str | None
    room: Room | None
    by: str | None


async def page(
    session: AsyncSession, wanted: Wanted, *, before: int | None, limit: int
) -> Sequence[Proof]:
    """The newest below the number `before`, newest first; one more than `limit` if there is."""
    query = _found(wanted)
    if before is not None:
        query = query.where(AuditEntry.number < before)
    rows = await session.scalars(query.order_by(AuditEntry.number.desc()).limit(limit + 1))
    return await _complete(session, rows.all())


async def read(database: Database, wanted: Wanted) -> AsyncIterator[Sequence[Proof]]:
    """All of them in the order of the chain, some at a time."""
    after = 0
    while True:
        query = _found(wanted).where(AuditEntry.number > after)
        async with database.transaction() as session:
            rows = await session.scalars(query.order_by(AuditEntry.number).limit(_AT_ONCE))
            proofs = await _complete(session, rows.all())
        if not proofs:
            return
        yield proofs
        after = proofs[-1].entry.number


def _found(wanted: Wanted) -> Select[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.act == Act.MEETING_DELETED)
    if wanted.search:
        named = Room.sort_title.contains(folded(wanted.search), autoescape=True)
        placed = Room.slug.contains(wanted.search.lower(), autoescape=True)
        rooms = select(Room.id).where(or_(named, placed))
        query = query.where(or_(AuditEntry.object == wanted.search, AuditEntry.room.in_(rooms)))
    if wanted.since is not None:
        query = query.where(AuditEntry.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.created_at < wanted.until)
    return query


async def _complete(session: AsyncSession, rows: Sequence[AuditEntry]) -> Sequence[Proof]:
    hashes = await _hashes(session, [row.number - 1 for row in rows])
    rooms = await _rooms(session, {row.room for row in rows if row.room})
    who = {row.author for row in rows if row.author and row.author_kind == "account"}
    names = await accounts.names_of(session, who)
    return [
        Proof(
            row, hashes.get(row.number - 1), rooms.get(row.room or ""), names.get(row.author or "")
        )
        for row in rows
    ]


async def _hashes(session: AsyncSession, numbers: Collection[int]) -> Mapping[int, str]:
    """Of these rows; that of the last one that was purged is known too."""
    head = (await session.scalars(select(AuditHead))).one()
    query = select(AuditEntry.number, AuditEntry.hash).where(AuditEntry.number.in_(numbers))
    found = {row.number: row.hash for row in await session.execute(query)}
    return {head.purged_number: head.purged_hash, **found}


async def _rooms(session: AsyncSession, ids: Collection[str]) -> Mapping[str, Room]:
    """Deleted ones too: their meetings went later than they."""
    rows = await session.scalars(select(Room).where(Room.id.in_(ids)))
    return {row.id: row for row in rows}


# Rows read at once: more takes memory, less more queries.
_AT_ONCE = 1000
