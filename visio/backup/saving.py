"""From a running server's database to an archive."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

import visio
from visio.backup import archive, rows
from visio.backup.archive import Found, Sink, Writer
from visio.errors import VisioError
from visio.store import schema
from visio.store.database import make_reading_engine


async def save(
    url: str, keys: Mapping[str, bytes], sink: Sink, recipients: Sequence[str], now: int
) -> Found:
    """Write everything as it is at one moment; `keys` are files by their settings' names.

    Raises VisioError when the database is empty, and where `archive.written` does.
    """
    revision = await schema.revision(url)
    if revision is None:
        raise VisioError("There is nothing to back up: the database is empty.")
    engine = make_reading_engine(make_url(url))
    try:
        async with engine.connect() as connection:
            with archive.written(sink, recipients) as writer:
                writer.put("header.json", _header(revision, now))
                for name, data in keys.items():
                    writer.put(f"keys/{name}", data)
                found = Found(await _tables(connection, writer), dict(writer.hashes))
                writer.put("manifest.json", found.written())
    finally:
        await engine.dispose()
    return found


async def _tables(connection: AsyncConnection, writer: Writer) -> dict[str, int]:
    totals: dict[str, int] = {}
    for table in await rows.tables(connection):
        totals[table.name] = number = 0
        async for count, lines in rows.parts(connection, table):
            writer.put(f"tables/{table.name}/{number:06}.jsonl", lines)
            totals[table.name] += count
            number += 1
    return totals


def _header(revision: str, now: int) -> bytes:
    told = {"format": 1, "revision": revision, "version": visio.__version__, "made_at": now}
    return json.dumps(told).encode()
