"""From a database that may be in use to an export of one moment."""

import base64
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Column, LargeBinary, Row, Select, String, Table, make_url, select
from sqlalchemy.ext.asyncio import AsyncConnection

import visio
from visio.backup import rows
from visio.backup.archive import Found, Part
from visio.documents import Language
from visio.errors import VisioError
from visio.portable import readable
from visio.portable.columns import BYTES, LEFT_OUT, Bytes, file_name
from visio.portable.places import Writer
from visio.portable.readable import Calendar
from visio.store import schema
from visio.store.database import make_reading_engine
from visio.store.sealing import Keyring, MeetingKey, SealError

VERSION = 1
"""Of the format: grows when a reader of the one before would misread."""


async def leave(
    url: str, keyring: Keyring, writer: Writer, calendar: Calendar, *, language: Language, now: int
) -> Found:
    """Write everything as it is at one moment, opened; returns what the manifest says.

    Raises VisioError when the database is empty, and where a meeting opens under no master key.
    """
    revision = await schema.revision(url)
    if revision is None:
        raise VisioError("There is nothing to export: the database is empty.")
    out = _Noted(writer)
    out.put("export.json", _header(revision, now))
    engine = make_reading_engine(make_url(url))
    try:
        async with engine.connect() as connection:
            totals = {
                table.name: await _Leaving(connection, table, keyring, out).run()
                for table in await rows.tables(connection)
                if table.name not in LEFT_OUT
            }
            async for name, data in readable.parts(connection, keyring, calendar, language, now):
                out.put(name, data)
    finally:
        await engine.dispose()
    found = Found(totals, out.hashes)
    writer.put("manifest.json", found.written())
    return found


def kept(table: Table) -> list[Column[Any]]:
    """The columns that leave."""
    return [one for one in table.columns if f"{table.name}.{one.name}" not in LEFT_OUT]


def form(column: Column[Any]) -> Bytes | None:
    """How a column of bytes is written; None for any other."""
    if not isinstance(column.type, LargeBinary):
        return None
    return BYTES.get((column.table.name, column.name), Bytes("base64"))


class _Noted:
    """Remembers the hashes."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.hashes: dict[str, str] = {}

    def put(self, name: str, data: bytes) -> None:
        self._writer.put(name, data)
        self.hashes[name] = Part(name, data).sha256


class _Leaving:
    """One table: its rows as lines, then the files of these, one after the other."""

    def __init__(
        self, connection: AsyncConnection, table: Table, keyring: Keyring, out: _Noted
    ) -> None:
        self._connection = connection
        self._table = table
        self._keyring = keyring
        self._out = out
        self._forms = {column.name: found for column in kept(table) if (found := form(column))}
        self._sealed = any(one.context for one in self._forms.values())

    async def run(self) -> int:
        """How many rows."""
        total = number = 0
        async for lines in self._parts():
            self._out.put(f"tables/{self._table.name}/{number:06}.jsonl", b"".join(lines))
            total, number = total + len(lines), number + 1
        for name, one in self._forms.items():
            if one.form == "file":
                await self._files(self._table.c[name], one)
        return total

    async def _parts(self) -> AsyncIterator[list[bytes]]:
        lines: list[bytes] = []
        size = 0
        async for row in self._rows(self._query(), _FETCHED):
            lines.append(_line(self._plain(row)))
            size += len(lines[-1])
            if size > _PART:
                yield lines
                lines, size = [], 0
        if lines:
            yield lines

    async def _files(self, column: Column[Any], how: Bytes) -> None:
        query = self._select(*self._table.primary_key, column, *self._names())
        # One at a time: each may have megabytes.
        async for row in self._rows(query.where(column.is_not(None)), 1):
            values = row._mapping
            data = self._opened(how, values, values[column.name])
            self._out.put(self._file(values), data)

    def _query(self) -> Select[Any]:
        return self._select(
            *(
                column.is_not(None).label(column.name) if self._is_file(column) else column
                for column in kept(self._table)
            )
        )

    def _select(self, *columns: Any) -> Select[Any]:
        """In an order that is the same in every database; with the key of the meeting."""
        query = select(*columns)
        if self._sealed:
            meeting = self._table.metadata.tables["meeting"]
            query = query.add_columns(meeting.c.wrapped_key.label(_KEY))
            query = query.join_from(self._table, meeting, self._table.c.meeting_id == meeting.c.id)
        return query.order_by(*map(self._ordered, self._table.primary_key))

    def _ordered(self, column: Column[Any]) -> Any:
        text = isinstance(column.type, String)
        postgresql = self._connection.dialect.name == "postgresql"
        return column.collate("C") if text and postgresql else column

    async def _rows(self, query: Select[Any], at_once: int) -> AsyncIterator[Row[Any]]:
        options = {"yield_per": at_once}
        async for row in await self._connection.stream(query, execution_options=options):
            yield row

    def _plain(self, row: Row[Any]) -> dict[str, Any]:
        values = row._mapping
        return {
            column.name: self._value(column, values)
            for column in kept(self._table)
            if values[column.name] is not None
            and not (self._is_file(column) and not values[column.name])
        }

    def _value(self, column: Column[Any], values: Any) -> Any:
        if (how := self._forms.get(column.name)) is None:
            return values[column.name]
        if how.form == "file":
            return self._file(values)
        data = self._opened(how, values, values[column.name])
        if how.form == "base64":
            return base64.b64encode(data).decode()
        return json.loads(data) if how.form == "json" else data.decode()

    def _opened(self, how: Bytes, values: Any, data: bytes) -> bytes:
        if not how.context:
            return data
        try:
            return self._key(values).open(data, how.context.format_map(values))
        except SealError:
            raise VisioError(
                f"A row of {self._table.name} does not open under the master key: the one before "
                "must be on the second line of master_key_file."
            ) from None

    def _key(self, values: Any) -> MeetingKey:
        return self._keyring.unwrap(values[_KEY])

    def _file(self, values: Any) -> str:
        (key,) = self._table.primary_key
        name = b""
        if "name" in self._forms:
            name = self._opened(self._forms["name"], values, values["name"])
        return file_name(self._table.name, values[key.name], name.decode())

    def _names(self) -> Sequence[Column[Any]]:
        return [self._table.c["name"]] if "name" in self._forms else []

    def _is_file(self, column: Column[Any]) -> bool:
        how = self._forms.get(column.name)
        return how is not None and how.form == "file"


def _header(revision: str, now: int) -> bytes:
    told = {
        "format": "visio-export",
        "version": VERSION,
        "schema": revision,
        "visio": visio.__version__,
        "made_at": now,
        "left_out": LEFT_OUT,
    }
    return json.dumps(told, indent=1).encode()


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


_KEY = "meeting_wrapped_key"
# Rows that are in memory at once.
_FETCHED = 200
# Bytes after which a part is full: more takes more memory where it is read.
_PART = 4 << 20
