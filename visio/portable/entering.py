"""From an export to an empty database; all of it or nothing."""

import base64
import json
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Boolean, Column, Integer, String, Table, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from visio.backup import rows
from visio.backup.archive import Found, Part
from visio.backup.restoring import refuse_filled
from visio.backup.whole import Whole
from visio.errors import VisioError
from visio.portable.columns import LEFT_OUT, Bytes
from visio.portable.leaving import VERSION, form, kept
from visio.store import schema
from visio.store.models import ERASED
from visio.store.sealing import Keyring, MeetingKey
from visio.store.words import findable


async def enter(url: str, keyring: Keyring, parts: Iterator[Part]) -> Found:
    """Fill the database at `url`, sealed under the master key of `keyring`, and bring it to this
    version's schema; returns what the manifest says.

    Raises VisioError when the database is not empty and for an unknown version, ValueError for an
    export that is not whole or not what its manifest says: the database holds nothing of it then.
    """
    await refuse_filled(url)
    whole = Whole(parts)
    revision = _revision(whole)
    try:
        await schema.upgrade(url, revision)
    except schema.UnknownRevision:
        raise VisioError(f"This version does not know the schema {revision}.") from None
    engine = schema.migration_engine(url)
    try:
        async with engine.begin() as connection, rows.without_triggers(connection):
            await _Entering(connection, keyring).fill(whole)
    except SQLAlchemyError as error:
        raise VisioError(f"The database refuses a row: {type(error).__name__}.") from None
    finally:
        await engine.dispose()
    await schema.upgrade(url)
    return whole.found


def _revision(whole: Whole) -> str:
    """The schema's, from the header."""
    told = whole.header("export.json")
    if told.get("format") != "visio-export":
        raise ValueError("it has no header of ours")
    if told.get("version") != VERSION:
        raise VisioError(f"Its format has the version {told.get('version')}, not {VERSION}.")
    if not re.fullmatch(r"\w{1,32}", str(told.get("schema"))):
        raise ValueError("its header names no schema")
    return str(told["schema"])


class _Entering:
    def __init__(self, connection: AsyncConnection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring
        self._tables: dict[str, Table] = {}
        self._waiting: Counter[str] = Counter()

    async def fill(self, whole: Whole) -> None:
        """Put all rows and files in; raises ValueError."""
        found = await rows.tables(self._connection)
        self._tables = {table.name: table for table in found}
        for table in reversed(found):  # what migrations put there
            await self._connection.execute(table.delete())
        totals: Counter[str] = Counter()
        for part in whole:
            match part.name.split("/"):
                case ["tables", name, _]:
                    totals[name] += await self._rows(self._table(name), part.data)
                case ["files", name, file]:
                    await self._file(self._table(name), file.partition(".")[0], part.data)
        if totals != Counter(whole.found.rows):
            raise ValueError("it has other rows than its manifest says")
        if any(self._waiting.values()):
            raise ValueError("a file of a row is missing")
        await self._check_references()
        await self._find_people()

    def _table(self, name: str) -> Table:
        if name not in self._tables or name in LEFT_OUT:
            raise ValueError(f"it has rows of no table of ours: {name[:80]}")
        return self._tables[name]

    async def _rows(self, table: Table, part: bytes) -> int:
        lines = [json.loads(line) for line in part.splitlines()]
        for begin in range(0, len(lines), _AT_ONCE):
            some = lines[begin : begin + _AT_ONCE]
            keys = await self._keys(table, some)
            made = [self._row(table, told, keys) for told in some]
            await self._connection.execute(insert(table), made)
        return len(lines)

    async def _keys(self, table: Table, told: list[Any]) -> dict[str, MeetingKey]:
        """Of the meetings that the rows are about."""
        if not any(how.context for column in kept(table) if (how := form(column))):
            return {}
        meeting = self._tables["meeting"]
        ids = {str(one.get("meeting_id")) for one in told if isinstance(one, dict)}
        query = select(meeting.c.id, meeting.c.wrapped_key).where(meeting.c.id.in_(ids))
        found = await self._connection.execute(query)
        return {row_id: self._keyring.unwrap(wrapped) for row_id, wrapped in found}

    def _row(self, table: Table, told: Any, keys: dict[str, MeetingKey]) -> dict[str, Any]:
        if not isinstance(told, dict):
            raise ValueError(f"{table.name} has a line that is no row")
        if unknown := told.keys() - {column.name for column in kept(table)}:
            raise ValueError(f"{table.name} has no column {min(unknown)}")
        row = {column.name: self._value(column, told, keys) for column in kept(table)}
        return {**row, **self._anew(table)}

    def _value(self, column: Column[Any], told: Any, keys: dict[str, MeetingKey]) -> Any:
        value, how = told.get(column.name), form(column)
        if value is None:
            return None
        if how is None:
            return _checked(column, value)
        if how.form == "file":
            self._waiting[column.table.name] += 1
        return _sealed(how, _bytes(how, value), told, keys)

    def _anew(self, table: Table) -> dict[str, Any]:
        """What does not leave, and a row must have."""
        if table.name == "api_key":
            return {"digest": secrets.token_hex(32)}
        if table.name != "meeting":
            return {}
        old = {"stems_version": 0} if "stems_version" in table.c else {}
        return {"wrapped_key": self._keyring.new_meeting_key()[1], **old}

    async def _file(self, table: Table, key: str, data: bytes) -> None:
        """Into the row that waits for it."""
        (column,) = (one for one in kept(table) if (how := form(one)) and how.form == "file")
        (primary,) = table.primary_key
        found = await self._connection.execute(select(table).where(primary == key))
        if (row := found.mappings().one_or_none()) is None or row[column.name] is None:
            raise ValueError(f"{table.name} has no row for the file {key}")
        how = form(column) or Bytes("file")
        keys = await self._keys(table, [dict(row)])
        sealed = _sealed(how, data, row, keys)
        await self._connection.execute(update(table).where(primary == key).values({column: sealed}))
        self._waiting[table.name] -= 1

    async def _check_references(self) -> None:
        """SQLite looks after them only where it is asked to."""
        if self._connection.dialect.name == "sqlite":
            found = (await self._connection.execute(text("PRAGMA foreign_key_check"))).first()
            if found:
                raise ValueError(f"a row of {found[0]} refers to one that is not there")

    async def _find_people(self) -> None:
        """As `AccountWord` would be written."""
        if (words := self._tables.get("account_word")) is None:
            return
        account = self._tables["account"]
        query = select(account).where(account.c.kind == "person")
        options = {"yield_per": _AT_ONCE}
        async for row in await self._connection.stream(query, execution_options=options):
            if not row.email.endswith(ERASED):
                whose = {"account_id": row.id, "sort_name": row.sort_name}
                whose["created_at"] = row.created_at
                found = [{"word": word, **whose} for word in findable(row.name, row.email)]
                await self._connection.execute(insert(words), found)


def _checked(column: Column[Any], value: Any) -> Any:
    """SQLite takes anything for anything."""
    if isinstance(column.type, Boolean):
        right = isinstance(value, bool)
    elif isinstance(column.type, Integer):
        right = isinstance(value, int) and not isinstance(value, bool) and -_MOST <= value < _MOST
    else:
        length = column.type.length if isinstance(column.type, String) else None
        right = isinstance(value, str) and (length is None or len(value) <= length)
    if not right:
        raise ValueError(f"{column.table.name} has a wrong {column.name}")
    return value


def _bytes(how: Bytes, value: Any) -> bytes:
    if how.form == "json":
        return json.dumps(value).encode()
    if not isinstance(value, str):
        raise ValueError("bytes are told as text")
    if how.form == "base64":
        return base64.b64decode(value, validate=True)
    return b"" if how.form == "file" else value.encode()


def _sealed(how: Bytes, data: bytes, row: Any, keys: dict[str, MeetingKey]) -> bytes:
    if not how.context:
        return data
    if (key := keys.get(str(row.get("meeting_id")))) is None:
        raise ValueError("a row is of no meeting that is there")
    try:
        return key.seal(data, how.context.format_map(row))
    except KeyError as missing:
        raise ValueError(f"a row has no {missing}") from None


# Rows put in at once: more takes more memory, less more statements.
_AT_ONCE = 200
# Integers of both databases have 64 bits.
_MOST = 2**63
