"""One database: SQLite in a file, or PostgreSQL. Transactions, and wake-ups between processes."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import aiosqlite
import asyncpg
from sqlalchemy import URL, ExceptionContext, event, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.util import await_only


class Database:
    """Open it with `Database.open`; every query runs inside `transaction()`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @classmethod
    async def open(cls, url: str) -> "Database":
        """Connect to sqlite+aiosqlite:///path or postgresql+asyncpg://…; raises if it cannot."""
        database = cls(make_engine(make_url(url)))
        try:
            async with database.transaction() as session:
                await session.execute(text("SELECT 1"))
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def dialect(self) -> str:
        """ "sqlite" or "postgresql"."""
        return self.engine.dialect.name

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """All or nothing: commits when the block ends, rolls back when it raises."""
        async with self._sessions.begin() as session:
            yield session

    async def notify(self, channel: str, payload: str) -> None:
        """Wake the listeners of a channel on other hosts. PostgreSQL only; SQLite wakes by pipe."""
        if self.dialect == "postgresql":
            async with self.transaction() as session:
                await session.execute(
                    text("SELECT pg_notify(:channel, :payload)"),
                    {"channel": channel, "payload": payload},
                )

    async def listen(self, channel: str) -> AsyncGenerator[str, None]:
        """Payloads sent to a channel; never yields on SQLite.

        Yields "" once it listens, and again whenever a lost connection was made anew: what came
        before may have been missed, so read the rows.
        """
        if self.dialect != "postgresql":
            await asyncio.get_running_loop().create_future()
        while True:
            with suppress(OSError, asyncpg.PostgresError):
                async with self._listening(channel) as queue:
                    yield ""
                    while (payload := await queue.get()) is not None:
                        yield payload
            await asyncio.sleep(_RECONNECT)

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()

    @asynccontextmanager
    async def _listening(self, channel: str) -> AsyncIterator[asyncio.Queue[str | None]]:
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        dsn = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(dsn)
        connection.add_termination_listener(lambda _: queue.put_nowait(None))
        try:
            await connection.add_listener(channel, lambda *told: queue.put_nowait(told[3]))
            yield queue
        finally:
            await connection.close(timeout=1)


def make_engine(url: URL, *, foreign_keys: bool = True) -> AsyncEngine:
    """An engine with our rules for its connections."""
    if url.get_backend_name() != "sqlite":
        return create_async_engine(
            url, pool_size=_CONNECTIONS, max_overflow=0, pool_pre_ping=True, hide_parameters=True
        )
    # One connection: writers queue here in order instead of meeting in SQLite's busy loop.
    engine = create_async_engine(url, pool_size=1, max_overflow=0, hide_parameters=True)
    _Threads.of(engine)
    event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, foreign_keys))
    event.listen(engine.sync_engine, "begin", _begin_immediate)
    event.listen(engine.sync_engine, "invalidate", _roll_back)
    event.listen(engine.sync_engine, "handle_error", _first_error, retval=True)
    return engine


def make_reading_engine(url: URL) -> AsyncEngine:
    """An engine whose transactions see one moment, and keep nobody from writing."""
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, isolation_level="REPEATABLE READ", hide_parameters=True)
    engine = create_async_engine(url, hide_parameters=True)
    _Threads.of(engine)
    event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, True))
    event.listen(engine.sync_engine, "begin", _begin_deferred)
    return engine


class _Threads:
    """Of a SQLite engine's connections, each of which has one; disposing of the engine ends them.

    When a task is cancelled twice, nobody waits for the thread that it had working. Later that
    tells the event loop that it is done, and raises where the loop has ended meanwhile.
    """

    def __init__(self) -> None:
        self._connections: list[aiosqlite.Connection] = []

    @classmethod
    def of(cls, engine: AsyncEngine) -> None:
        """Watch over this engine's."""
        threads = cls()
        event.listen(engine.sync_engine, "do_connect", threads._watch)
        event.listen(engine.sync_engine, "engine_disposed", threads._end)

    def _watch(self, _dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
        options["async_creator_fn"] = self._connect

    def _connect(self, *arguments: Any, **options: Any) -> aiosqlite.Connection:
        made = aiosqlite.connect(*arguments, **options)
        made._thread.daemon = True  # as SQLAlchemy does
        self._connections = [one for one in self._connections if not _ended(one)] + [made]
        return made

    def _end(self, _engine: Any) -> None:
        working = [one for one in self._connections if one._thread.is_alive()]
        for one in working:
            one.stop()
        await_only(asyncio.to_thread(_join, working))


def _ended(one: aiosqlite.Connection) -> bool:
    return one._thread.ident is not None and not one._thread.is_alive()


def _join(connections: list[aiosqlite.Connection]) -> None:
    deadline = time.monotonic() + _LAST_WORK
    for one in connections:
        one._thread.join(max(0.0, deadline - time.monotonic()))


def _prepare_sqlite(foreign_keys: bool, connection: Any, _record: object) -> None:
    # The driver's own BEGIN is deferred: two writers could both read and one would then fail.
    connection.isolation_level = None
    cursor: sqlite3.Cursor = connection.cursor()
    for pragma in ("busy_timeout=15000", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute(f"PRAGMA foreign_keys={int(foreign_keys)}")
    cursor.close()


def _first_error(context: ExceptionContext) -> BaseException | None:
    """Where its disk is full SQLite takes the whole transaction back, and a savepoint in it is then
    missing: that is not what went wrong."""
    if context.connection is None:
        return None
    info, error = context.connection.info, context.original_exception
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        info[_FULL] = context.sqlalchemy_exception
    missing = "no such savepoint" in str(error)
    return info.get(_FULL) if missing else None


def _begin_immediate(connection: Any) -> None:
    connection.info.pop(_FULL, None)
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _roll_back(connection: Any, _record: object, _error: object) -> None:
    """A task was cancelled in the middle, and SQLAlchemy closes the connection.

    While anything holds a cursor of it, as a traceback does, SQLite keeps it open, and its
    transaction with the lock that all others wait for.
    """
    with suppress(sqlite3.Error, ValueError, SQLAlchemyError):
        connection.rollback()


def _begin_deferred(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN DEFERRED")


_FULL = "full"
# It logs the values of every query: names, addresses, hashes of passwords.
logging.getLogger("aiosqlite").setLevel(logging.INFO)
# More lets more requests wait inside PostgreSQL at once, less keeps room for other nodes.
_CONNECTIONS = 10
# Seconds that a query may go on after the end; less leaves it behind, more delays a restart.
_LAST_WORK = 5.0
# Seconds before a lost listener connects again; less hammers a database that is restarting.
_RECONNECT = 1.0
