"""Tables as JSON lines: the same for SQLite and PostgreSQL, whatever the version of the schema."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Column, LargeBinary, MetaData, Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection


async def tables(connection: AsyncConnection) -> list[Table]:
    """Those that are in the database, each after the ones it refers to."""
    found = MetaData()
    await connection.run_sync(found.reflect)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


async def parts(connection: AsyncConnection, table: Table) -> AsyncIterator[tuple[int, bytes]]:
    """All rows, some megabytes at a time: how many, and them as lines."""
    query = select(table).order_by(*table.primary_key.columns)
    lines: list[bytes] = []
    size = 0
    async for row in await connection.stream(query, execution_options={"yield_per": _FETCHED}):
        lines.append(json.dumps(_plain(table, row._mapping), ensure_ascii=False).encode())
        size += len(lines[-1])
        if size > _PART:
            yield len(lines), b"\n".join(lines)
            lines, size = [], 0
    if lines:
        yield len(lines), b"\n".join(lines)


async def fill(connection: AsyncConnection, table: Table, part: bytes) -> int:
    """Add the rows of a part; how many. Raises ValueError for lines of another table."""
    rows = [_row(table, json.loads(line)) for line in part.split(b"\n")]
    await connection.execute(table.insert(), rows)
    return len(rows)


@asynccontextmanager
async def without_triggers(connection: AsyncConnection) -> AsyncIterator[None]:
    """Those that keep the audit from being changed sleep, until the transaction's end at most."""
    sqlite = connection.dialect.name == "sqlite"
    found = (await connection.execute(text(_TRIGGERS if sqlite else _GUARDED))).all()
    for name, _ in found:
        off = f"DROP TRIGGER {name}" if sqlite else f"ALTER TABLE {name} DISABLE TRIGGER USER"
        await connection.exec_driver_sql(off)
    yield
    for name, sql in found:
        await connection.exec_driver_sql(sql if sqlite else f"ALTER TABLE {name} {sql}")


async def count(connection: AsyncConnection, table: Table) -> int:
    """How many rows it has."""
    return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


def _plain(table: Table, row: Any) -> dict[str, Any]:
    return {
        column.name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for column in table.columns
        if (value := row[column.name]) is not None
    }


def _row(table: Table, told: Any) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise ValueError(f"{table.name} has a line that is no row")
    if unknown := told.keys() - table.columns.keys():
        raise ValueError(f"{table.name} has no column {min(unknown)}")
    return {column.name: _value(column, told.get(column.name)) for column in table.columns}


def _value(column: Column[Any], told: Any) -> Any:
    if told is not None and isinstance(column.type, LargeBinary):
        return base64.b64decode(str(told), validate=True)
    return told


# Rows that are in memory at once, where a file of the chat has megabytes.
_FETCHED = 20
# Bytes after which a part is full; with the largest row it stays far below what is read whole.
_PART = 4 << 20
# Names and how to bring them back: SQLite has no way but to drop them.
_TRIGGERS = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
_GUARDED = """SELECT DISTINCT tgrelid::regclass::text, 'ENABLE TRIGGER USER' FROM pg_trigger
    WHERE NOT tgisinternal"""
