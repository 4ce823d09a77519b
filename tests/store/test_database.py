import asyncio
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from tests.databases import Postgres
from visio.store.database import Database
from visio.store.models import Account, RoomMember


def account(email: str) -> Account:
    return Account(email=email, name="", password_hash="")


async def emails(database: Database) -> set[str]:
    async with database.transaction() as session:
        return set(await session.scalars(select(Account.email)))


async def test_a_transaction_commits_at_its_end(database: Database) -> None:
    async with database.transaction() as session:
        session.add(account("a"))
    assert await emails(database) == {"a"}


async def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            session.add(account("a"))
            await session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await emails(database) == set()


async def test_a_transaction_that_is_cancelled_keeps_nobody_waiting(database: Database) -> None:
    """Wherever it was: SQLite's one lock would be taken for good."""

    async def write(email: str) -> None:
        async with database.transaction() as session:
            session.add(account(email))
            await session.flush()
            await session.scalar(select(Account.email))

    for steps in range(60):
        task = asyncio.create_task(write("cancelled"))
        for _ in range(steps):
            await asyncio.sleep(0.0002)
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            break
        await write(f"{steps}")
    assert await emails(database) >= {f"{step}" for step in range(steps)}


async def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            session.add(RoomMember(room_id="none", account_id="none", role="member"))


async def test_words_outside_a_choice_are_refused_by_the_database(database: Database) -> None:
    async with database.transaction() as session:
        session.add(account("a"))
    insert = text(
        "INSERT INTO room (id, slug, title, access, owner_id, created_at)"
        " SELECT 'r', 's', 't', 'secret', id, 0 FROM account"
    )
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await session.execute(insert)


async def test_many_writers_at_once_all_land(database: Database) -> None:
    async def write(number: int) -> None:
        async with database.transaction() as session:
            session.add(account(str(number)))

    await asyncio.gather(*(write(number) for number in range(30)))
    assert len(await emails(database)) == 30


async def test_opening_what_is_not_there_raises(tmp_path: Path) -> None:
    with pytest.raises((SQLAlchemyError, OSError)):
        await Database.open(f"sqlite+aiosqlite:///{tmp_path}/absent/visio.db")
    with pytest.raises((SQLAlchemyError, OSError)):
        await Database.open(f"postgresql+asyncpg://nobody@/none?host={tmp_path}")


@pytest.fixture
def sqlite_file(sqlite_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sqlite_template, tmp_path / "visio.db"))


async def test_sqlite_is_durable_and_shared(sqlite_file: Path) -> None:
    """WAL so that the worker reads beside us, FULL so that a commit survives a power cut."""
    database = await Database.open(f"sqlite+aiosqlite:///{sqlite_file}")
    async with database.transaction() as session:
        pragmas = {
            name: (await session.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    await database.close()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 15000,
    }


async def test_sqlite_takes_the_write_lock_at_once(sqlite_file: Path) -> None:
    """Two that read before they write cannot both go on: the second waits at its BEGIN."""
    database = await Database.open(f"sqlite+aiosqlite:///{sqlite_file}")
    other = sqlite3.connect(sqlite_file, timeout=0, isolation_level=None)
    async with database.transaction() as session:
        await session.execute(text("SELECT 1"))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.close()
    await database.close()


async def test_notifications_reach_every_listener(postgres: Postgres) -> None:
    database = await Database.open(await postgres.fresh())
    listeners = [database.listen("channel") for _ in range(2)]
    assert [await anext(heard) for heard in listeners] == ["", ""]
    await database.notify("channel", "one")
    await database.notify("other", "not for us")
    await database.notify("channel", "two")
    for heard in listeners:
        assert [await anext(heard), await anext(heard)] == ["one", "two"]
        await heard.aclose()
    await database.close()


async def test_a_listener_says_so_when_it_lost_its_connection(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.store.database._RECONNECT", 0)
    database = await Database.open(await postgres.fresh())
    heard = database.listen("channel")
    assert await anext(heard) == ""
    async with database.transaction() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert await anext(heard) == ""
    await database.notify("channel", "again")
    assert await anext(heard) == "again"
    await heard.aclose()
    await database.close()


async def test_closing_waits_for_what_a_cancelled_task_left_behind(sqlite_file: Path) -> None:
    """SQLite's threads tell the loop when they are done: later, there may be none."""
    database, gate = await Database.open(f"sqlite+aiosqlite:///{sqlite_file}"), threading.Event()
    async with database.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        await driver.create_function("stand_still", 0, gate.wait)
        (thread,) = (one for one in threading.enumerate() if "_connection_worker" in one.name)

    async def read() -> None:
        async with database.transaction() as session:
            await session.execute(text("SELECT stand_still()"))

    task = asyncio.create_task(read())
    # The first one has the connection closed when it is done, the second one without waiting.
    for _ in range(2):
        await asyncio.sleep(0.05)
        task.cancel()
    await asyncio.wait([task])
    asyncio.get_running_loop().call_later(0.05, gate.set)
    await database.close()
    assert not thread.is_alive()
