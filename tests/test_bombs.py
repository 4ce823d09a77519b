"""T28, timed: who is in the way of others, and by how much."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.bombs import A_SECOND
from tests.browser.server import running_server
from tests.processes import Running

TURNS = 10
TURN = 2.0


@contextmanager
def attack(port: int) -> Iterator[None]:
    """From a process of its own: neither interpreter waits for the other."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bombs", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with Running(process) as running:
        running.line("held", timeout=60)
        began = time.monotonic()
        yield
        assert process.stdin
        process.stdin.close()
        thrown = int(running.line("thrown", timeout=60).split()[-1])
        assert thrown > 0.9 * A_SECOND * (time.monotonic() - began), "weak: it proves nothing"


def turn(connection: HTTPConnection, path: str) -> list[float]:
    """What somebody waits who asks for a room, again and again."""
    end, found = time.monotonic() + TURN, []
    while (began := time.monotonic()) < end:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.read()
        assert answer.status == 200
        found.append(time.monotonic() - began)
    return found


@pytest.mark.long
def test_an_attack_does_not_double_what_others_wait(tmp_path: Path) -> None:
    """In turns, so that both see the same machine."""
    waits: dict[str, list[float]] = {"calm": [], "attacked": []}
    with running_server(tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'visio.db'}") as server:
        port = int(server.settings["VISIO_PORT"])
        server.add_account("ada@example.org", "Ada")
        path = f"/api/v1/rooms/{server.add_room('Council', 'ada@example.org')}"
        with closing(HTTPConnection("127.0.0.1", port)) as connection:
            for _ in range(TURNS):
                waits["calm"] += turn(connection, path)
                with attack(port):
                    waits["attacked"] += turn(connection, path)
    p99 = {name: sorted(found)[len(found) * 99 // 100] for name, found in waits.items()}

    assert p99["attacked"] < 2 * p99["calm"], p99
