"""Databases for tests: a PostgreSQL of our own in a temporary folder, and templates to copy."""

import asyncio
import contextlib
import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import make_url

from visio.store import schema
from visio.store.database import Database

T = TypeVar("T")


class Postgres:
    """A server on a socket in its folder; `fresh()` copies a migrated template in milliseconds."""

    def __init__(self, folder: Path, start: Callable[[], None]) -> None:
        self.folder = folder
        self._start = start
        self._template = "migrated"

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@/{name}?host={self.folder}"

    async def create(self, name: str, template: str = "template0") -> str:
        """Make a database; returns its URL."""
        await self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    async def drop(self, url: str) -> None:
        """Throw a database away, whoever is still connected: a run makes hundreds."""
        await self._execute(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    async def migrate_template(self) -> None:
        await schema.upgrade(await self.create(self._template))

    async def empty(self) -> str:
        return await self.create(f"empty_{uuid.uuid4().hex}")

    async def fresh(self) -> str:
        return await self.create(f"test_{uuid.uuid4().hex}", self._template)

    def kill(self) -> None:
        """End it and all its processes at once, as when the machine runs out of memory."""
        main = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        processes = [main, *_children(main)]
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        # While one of them is there, none can be started in its place.
        while any(Path(f"/proc/{process}").exists() for process in processes):
            time.sleep(0.01)

    def start(self) -> None:
        """Start it again after `kill`."""
        self._start()

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(
            host=str(self.folder), user="postgres", database="postgres"
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that PostgreSQL, as another user, can have its socket in.

    Not tmp_path: its folders are closed to others, and a socket's path must be short.
    """
    with tempfile.TemporaryDirectory(prefix="visio", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextlib.contextmanager
def running_postgres(folder: Path, *, durable: bool = False) -> Iterator[Postgres]:
    """Start PostgreSQL from Debian's binaries; without durability its data dies with the tests."""
    binaries = _binaries()
    data = folder / "data"
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        _let_in(folder)
    _as_postgres(
        binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"
    )
    settings = f"-k {folder} -c listen_addresses= -c max_connections=200" + (
        "" if durable else " -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
    )
    control = [binaries / "pg_ctl", "-D", data, "-w", "-t", "60"]

    def start() -> None:
        _as_postgres(*control, "-l", folder / "log", "-o", settings, "start")

    start()
    try:
        server = Postgres(folder, start)
        outside_the_loop(server.migrate_template())
        yield server
    finally:
        _as_postgres(*control, "-m", "immediate", "stop")


def outside_the_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it to its end in a thread of its own: fixtures are set up under a running loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def _children(process: int) -> list[int]:
    found = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in found.split()]


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1].parent


def _let_in(folder: Path) -> None:
    """PostgreSQL refuses to run as root: give user postgres the folder and the way to it."""
    shutil.chown(folder, "postgres", "postgres")
    for parent in folder.parents:
        if parent.stat().st_uid == os.geteuid() and parent.parent != parent:
            parent.chmod(parent.stat().st_mode | 0o011)


def _as_postgres(*command: object) -> None:
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    subprocess.run(
        [str(part) for part in command],
        check=True,
        user=user,
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    """The database, closed at the end."""
    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()
