"""From an archive to an empty database; all of it or nothing."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import BinaryIO

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from visio.backup import archive, rows
from visio.backup.archive import Found, Part
from visio.backup.whole import Whole
from visio.errors import VisioError
from visio.store import schema

TakeKey = Callable[[str, bytes], None]


async def restore(
    url: str, source: BinaryIO, identities: Sequence[str], take_key: TakeKey
) -> Found:
    """Fill the database at `url` from an archive, and bring it to this version's schema.

    `take_key` is given each key's file by its setting's name, before anything is written, and may
    refuse. Raises VisioError when the database is not empty, and for an archive that is not whole
    or from a later version: the database holds nothing of it then.
    """
    await refuse_filled(url)
    with archive.opened(source, identities) as parts:
        whole = Whole(parts)
        revision = _revision(whole)
        try:
            await schema.upgrade(url, revision)
        except schema.UnknownRevision:
            raise VisioError(f"This version does not know the schema {revision}.") from None
        try:
            await _load(url, whole, take_key)
        except SQLAlchemyError as error:
            raise VisioError(f"The database refuses a row: {type(error).__name__}.") from None
    await schema.upgrade(url)
    return whole.found


def check(source: BinaryIO, identities: Sequence[str]) -> Found:
    """Read an archive to its end and compare all hashes. Raises VisioError."""
    with archive.opened(source, identities) as parts:
        whole = Whole(parts)
        _revision(whole)
        for _ in whole:
            pass
    return whole.found


def _revision(whole: Whole) -> str:
    """The schema's, from the header."""
    told = whole.header("header.json")
    if told.get("format") != _FORMAT or not re.fullmatch(r"\w{1,32}", told.get("revision", "")):
        raise ValueError("it has no header of ours")
    return str(told["revision"])


async def refuse_filled(url: str) -> None:
    """Raises VisioError where the database at `url` holds anything."""
    if await schema.revision(url) is None:
        return
    engine = create_async_engine(make_url(url), hide_parameters=True)
    try:
        async with engine.connect() as connection:
            for table in await rows.tables(connection):
                if table.name in _OURS and await rows.count(connection, table):
                    raise VisioError("The database is not empty: take a new one.")
    finally:
        await engine.dispose()


async def _load(url: str, whole: Whole, take_key: TakeKey) -> None:
    engine = schema.migration_engine(url)
    try:
        async with engine.begin() as connection:
            async with rows.without_triggers(connection):
                totals = await _fill(connection, whole, take_key)
            if totals != Counter(whole.found.rows):
                raise ValueError("it has other rows than its manifest says")
    finally:
        await engine.dispose()


async def _fill(
    connection: AsyncConnection, parts: Iterable[Part], take_key: TakeKey
) -> Counter[str]:
    tables = {table.name: table for table in await rows.tables(connection)}
    for table in reversed(tables.values()):  # what migrations put there
        await connection.execute(table.delete())
    totals: Counter[str] = Counter()
    for part in parts:
        kind, _, rest = part.name.partition("/")
        if kind == "keys":
            take_key(rest, part.data)
        elif (name := rest.partition("/")[0]) in tables:
            totals[name] += await rows.fill(connection, tables[name], part.data)
        else:
            raise ValueError(f"it has rows of no table of ours: {part.name[:80]}")
    return totals


_FORMAT = 1
_OURS = ("account", "room", "audit")
