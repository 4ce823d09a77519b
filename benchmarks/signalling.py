"""How a server under measurement is spoken to: JSON lines on its pipes."""

import asyncio
import json
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol


class Server(Protocol):
    """A server under measurement, in a process of its own."""

    async def offer(self, peer: int, room: int, sdp: str) -> str:
        """Answer the offer of a peer."""

    async def subscribe(self, peer: int, room: int) -> None:
        """Send the peer, in the sections of its next offer, all that is published in the room."""

    def counters(self) -> dict[str, int]: ...

    async def close(self) -> None: ...


async def serve(open_server: Callable[[], Awaitable[Server]]) -> None:
    """Obey the lines of standard input until it ends."""
    server = await open_server()
    reader = asyncio.StreamReader(limit=2**20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    stalls: set[asyncio.Task[None]] = set()
    async for line in reader:
        command = json.loads(line)
        if command["do"] == "stall":
            stalls.add(asyncio.create_task(_stall(command["seconds"])))
        print(json.dumps(await _obey(server, command)), flush=True)
    await server.close()


async def _obey(server: Server, command: dict[str, Any]) -> dict[str, Any]:
    if command["do"] == "offer":
        return {"sdp": await server.offer(command["peer"], command["room"], command["sdp"])}
    if command["do"] == "subscribe":
        await server.subscribe(command["peer"], command["room"])
        return {}
    return {"counters": server.counters()}


async def _stall(seconds: float) -> None:
    """Compute for 50 ms of every 100, in which nothing else runs in this event loop."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await asyncio.sleep(0.05)
        busy_until = time.monotonic() + 0.05
        while time.monotonic() < busy_until:
            pass


def widen(endpoint: socket.socket) -> None:
    """Give a socket room for some thousand packets, where the kernel lets us."""
    try:
        endpoint.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


RECEIVE_BUFFER = 8 * 2**20

SO_RCVBUFFORCE = 33
"""From asm-generic/socket.h; the socket module does not name it."""
