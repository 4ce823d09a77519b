"""Tells systemd how the server fares (sd_notify(3)); tells nobody where systemd did not ask."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Mapping


@contextlib.asynccontextmanager
async def supervised(environment: Mapping[str, str] = os.environ) -> AsyncIterator[None]:
    """Ready from here on, alive as long as the event loop goes round, then stopping."""
    address = environment.get("NOTIFY_SOCKET", "")
    _tell(address, "READY=1")
    alive = asyncio.create_task(_show_life(address, _pace(environment)))
    try:
        yield
    finally:
        alive.cancel()
        await asyncio.wait([alive])
        _tell(address, "STOPPING=1")


async def _show_life(address: str, pace: float | None) -> None:
    while pace:
        _tell(address, "WATCHDOG=1")
        await asyncio.sleep(pace)


def _pace(environment: Mapping[str, str]) -> float | None:
    """Seconds between signs of life: half of what the watchdog waits (sd_watchdog_enabled(3))."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    microseconds = environment.get("WATCHDOG_USEC", "")
    return int(microseconds) / 2e6 if microseconds.isdecimal() else None


def _tell(address: str, state: str) -> None:
    if not address:
        return
    # An @ stands for the zero byte of an abstract address (unix(7)).
    where = f"\0{address[1:]}" if address.startswith("@") else address
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.setblocking(False)
        wire.sendto(state.encode(), where)
