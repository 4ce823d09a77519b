"""The real server for the pages: a folder of its own, no speech worker."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.processes import Running, free_ports

TREE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Server:
    """A running `visio serve --demo`, and how to add people and rooms to it."""

    url: str
    settings: dict[str, str]
    process: subprocess.Popen[str]

    def add_account(self, email: str, name: str) -> str:
        """Make an account; its one-time password."""
        return self._admin("user", "add", email, "--name", name).split()[-1]

    def add_room(self, title: str, owner: str) -> str:
        """Make a room that everybody may enter; its slug."""
        added = self._admin("room", "add", title, "--owner", owner, "--access", "public")
        return added.split()[-1].rpartition("/")[2]

    def _admin(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "visio", "admin", *words],
            cwd=TREE,
            env={**os.environ, **self.settings},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout


@contextmanager
def running_server(
    folder: Path,
    database_url: str,
    entering: Sequence[str] = (),
    ports: tuple[int, int] | None = None,
    **more: str,
) -> Iterator[Server]:
    """A server on that database, on free ports or on these for pages and for media.

    `more` are further settings, `entering` the command that begins it elsewhere.
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
        running.line("Visio is ready", timeout=90)
        url = more.get("VISIO_PUBLIC_URL", f"http://localhost:{port}")
        yield Server(url, settings, process)
