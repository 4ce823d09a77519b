"""The real server for the pages: a folder of its own, no speech worker."""

import os
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from tests.databases import outside_the_loop
from tests.processes import Running, free_ports
from visio.auth import accounts
from visio.local import account_id
from visio.store import rooms, slugs
from visio.store.database import Database
from visio.store.models import Room

T = TypeVar("T")
TREE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Server:
    """A running `visio serve --demo`, and how to add people and rooms to it."""

    url: str
    settings: dict[str, str]
    process: subprocess.Popen[str]

    def add_account(self, email: str, name: str, *options: Literal["--administrator"]) -> str:
        """Make an account, as `visio admin user add` does; its one-time password."""

        async def add(database: Database) -> str:
            administrator = "--administrator" in options
            added = await accounts.create(database, email, name, administrator=administrator)
            return added[1]

        return self.do(add)

    def add_room(self, title: str, owner: str) -> str:
        """Make a room that everybody may enter; its slug."""

        async def add(database: Database) -> str:
            room = Room(slug=slugs.random_slug(), title=title, access="public")
            room.owner_id = await account_id(database, owner)
            async with database.transaction() as session:
                return (await rooms.add(session, room)).slug

        return self.do(add)

    def do(self, act: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
        """On the server's database, beside the server."""

        async def run() -> T:
            database = await Database.open(self.settings["VISIO_DATABASE_URL"])
            try:
                return await act(database)
            finally:
                await database.close()

        return outside_the_loop(run())


@contextmanager
def running_server(
    folder: Path,
    database_url: str,
    entering: Sequence[str] = (),
    ports: tuple[int, int] | None = None,
    patience: float = 90,
    **more: str,
) -> Iterator[Server]:
    """A server on that database, on free ports or on these for pages and for media.

    `more` are further settings, `entering` the command that begins it elsewhere; it may take
    `patience` seconds to be ready.
    """
    port, media_port = ports or free_ports(2)
    settings = {
        "VISIO_DEMO": "true",
        "VISIO_DATA_DIR": str(folder),
        "VISIO_DATABASE_URL": database_url,
        "VISIO_PORT": str(port),
        "VISIO_MEDIA_PORT": str(media_port),
        "VISIO_MEDIA_THREADS": "1",
        "VISIO_WORKER": "false",
        **more,
    }
    process = subprocess.Popen(
        [*entering, sys.executable, "-m", "visio", "serve"],
        cwd=TREE,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with Running(process) as running:
        running.line("Visio is ready", timeout=patience)
        url = more.get("VISIO_PUBLIC_URL", f"http://localhost:{port}")
        yield Server(url, settings, process)
