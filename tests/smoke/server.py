"""The server of a smoke test: a folder and a database of its own, the real worker behind it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.databases import outside_the_loop, running_postgres
from tests.processes import Running, free_ports

TREE = Path(__file__).parents[2]


class Server:
    """A running `visio serve --demo`."""

    def __init__(self, running: Running, url: str) -> None:
        self._running = running
        self.url = url
        running.line("Visio is ready", timeout=90)
        self.password = running.line("One-time password", timeout=5).split()[3]

    def stall(self) -> tuple[float, float]:
        """Make its event loop stand still; from when to when, in seconds since 1970 UTC."""
        self._running.process.send_signal(signal.SIGUSR1)
        stalled = self._running.line("stalled at", timeout=10)
        resumed = self._running.line("resumed at", timeout=10)
        return float(stalled.split()[-1]), float(resumed.split()[-1])

    def kill_worker(self) -> int:
        """`kill -9`; its process id."""
        worker = self.worker()
        assert worker is not None, "the worker does not run"
        os.kill(worker, signal.SIGKILL)
        return worker

    def worker(self) -> int | None:
        """The process id of the speech worker, while there is one."""
        for child in _children(self._running.process.pid):
            if "transcription" in _command(child):
                return child
        return None


@contextmanager
def running_server(folder: Path, database: str) -> Iterator[tuple[Server, str]]:
    """A server on a fresh database of that kind, and the database's URL."""
    with fresh_database(folder, database) as database_url:
        port, media_port = free_ports(2)
        settings = {
            "VISIO_DATA_DIR": str(folder / "data"),
            "VISIO_DATABASE_URL": database_url,
            "VISIO_PORT": str(port),
            "VISIO_MEDIA_PORT": str(media_port),
            "VISIO_MEDIA_THREADS": "1",
            "VISIO_WORKER_PYTHON": str(TREE / ".venv-speech/bin/python"),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.smoke.serve", "serve", "--demo"],
            cwd=TREE,
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with Running(process) as running:
            yield Server(running, f"http://localhost:{port}"), database_url


@contextmanager
def fresh_database(folder: Path, database: str) -> Iterator[str]:
    """The URL of an empty database of that kind."""
    if database == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / 'visio.db'}"
        return
    with running_postgres(folder / "s") as server:
        yield outside_the_loop(server.empty())


def _children(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""  # gone meanwhile
