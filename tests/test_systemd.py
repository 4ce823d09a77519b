import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from visio.systemd import supervised


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """Systemd's end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


async def test_systemd_is_told_ready_alive_and_stopping(manager: socket.socket) -> None:
    environment = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "2000"}
    async with supervised(environment):
        assert await told(manager) == "READY=1"
        assert [await told(manager) for _ in range(3)] == ["WATCHDOG=1"] * 3
    rest = []
    while rest[-1:] != ["STOPPING=1"]:
        rest.append(await told(manager))
    assert set(rest[:-1]) <= {"WATCHDOG=1"}


@pytest.mark.parametrize("watchdog", [{}, {"WATCHDOG_USEC": "2000", "WATCHDOG_PID": "1"}])
async def test_no_sign_of_life_is_sent_to_another_watchdog(
    manager: socket.socket, watchdog: dict[str, str]
) -> None:
    assert os.getpid() != 1
    async with supervised({"NOTIFY_SOCKET": manager.getsockname()} | watchdog):
        assert await told(manager) == "READY=1"
    assert await told(manager) == "STOPPING=1"


@pytest.mark.parametrize("address", ["", "/nowhere/notify", "@visio-nobody"])
async def test_server_runs_where_nobody_listens(address: str) -> None:
    async with supervised({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "2000"}):
        await asyncio.sleep(0)


async def told(manager: socket.socket) -> str:
    return (await asyncio.get_running_loop().sock_recv(manager, 100)).decode()
