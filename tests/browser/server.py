"""The real server for the pages: a folder of its own, no speech worker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.processes import Running, free_ports

TREE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Server:
    """A running `visio serve --demo`, and how to add people to it."""

    url: str
    settings: dict[str, str]

    def add_account(self, email: str, name: str) -> str:
        """Make an account; its one-time password."""
        added = subprocess.run(
            [sys.executable, "-m", "visio", "admin", "user", "add", email, "--name", name],
            cwd=TREE,
            env={**os.environ, **self.settings},
            capture_output=True,
            text=True,
            check=True,
        )
        return added.stdout.split()[-1]


@contextmanager
def running_server(folder: Path, database_url: str) -> Iterator[Server]:
    """A server on free ports, on that database."""
    port, media_port = free_ports(2)
    settings = {
        "VISIO_DEMO": "true",
        "VISIO_DATA_DIR": str(folder),
        "VISIO_DATABASE_URL": database_url,
        "VISIO_PORT": str(port),
        "VISIO_MEDIA_PORT": str(media_port),
        "VISIO_MEDIA_THREADS": "1",
        "VISIO_WORKER": "false",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "visio", "serve"],
        cwd=TREE,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with Running(process) as running:
        running.line("Visio is ready", timeout=90)
        yield Server(f"http://localhost:{port}", settings)
