"""How many acts a second the audit takes, beside selects of one row by its primary key.

Both go through `Database.transaction`, from one process, by one task and by sixteen at once. An
append is durable when it is counted on SQLite; the PostgreSQL of the tests does not wait for the
disk, as it would in production.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.databases import open_folder, opened, running_postgres
from visio.store import accounts, audit, schema
from visio.store.acts import Act
from visio.store.audit import Author, Deed
from visio.store.database import Database
from visio.store.models import Account

SECONDS = 3.0
AT_ONCE = (1, 16)


async def append(database: Database) -> None:
    """One act, as a host's who mutes somebody."""
    deed = Deed(Act.MUTED, ("participant", "p-0123456789abcdef"), "RM_x", detail={"source": "x"})
    async with database.transaction() as session:
        await audit.append(session, Author("account", "x" * 36, "192.0.2.1"), deed)


async def per_second(act: Callable[[], Awaitable[None]], at_once: int) -> float:
    """How often it is done in a second by so many tasks."""
    began, done = time.monotonic(), 0

    async def repeat() -> None:
        nonlocal done
        while time.monotonic() < began + SECONDS:
            await act()
            done += 1

    await asyncio.gather(*(repeat() for _ in range(at_once)))
    return done / (time.monotonic() - began)


async def measure(url: str) -> dict[str, float]:
    """Appends and selects a second, and their ratio, with sixteen at once."""
    await schema.upgrade(url)
    async with opened(url) as database:
        async with database.transaction() as session:
            row = await accounts.add(session, Account(email="ada@example.org", name="Ada"))

        async def select() -> None:
            async with database.transaction() as session:
                await accounts.find(session, row.id)

        for at_once in AT_ONCE:
            selects = await per_second(select, at_once)
            appends = await per_second(lambda: append(database), at_once)
            print(f"{database.dialect:10} {at_once:2} at once {appends:7.0f} {selects:7.0f}")
        faults = (await audit.verify(database)).faults
    if faults:
        sys.exit("the chain that was made does not hold")
    return {"appends": appends, "selects": selects, "audit_append_ratio": appends / selects}


def main() -> None:
    """A table, and a line of JSON."""
    print("                       appends selects  per second")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "visio.db"
        found = {"sqlite": asyncio.run(measure(f"sqlite+aiosqlite:///{file}"))}
    with open_folder() as place, running_postgres(place / "s") as server:
        url = asyncio.run(server.empty())
        found["postgresql"] = asyncio.run(measure(url))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
