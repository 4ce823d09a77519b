"""How the load and a server under measurement talk: JSON lines on the server's pipes."""

import asyncio
import json
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from typing import Any, Protocol


class Server(Protocol):
    """A server under measurement, in a process of its own."""

    async def offer(self, peer: int, sdp: str) -> str:
        """Answer the offer of a peer."""

    async def subscribe(self, peer: int) -> None:
        """Send the peer, in the sections of its next offer, everything that is published."""

    def counters(self) -> dict[str, int]: ...

    async def close(self) -> None: ...


async def serve(open_server: Callable[[], Awaitable[Server]]) -> None:
    """Obey the lines of standard input until it ends."""
    server = await open_server()
    reader = asyncio.StreamReader(limit=2**20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    async for line in reader:
        print(json.dumps(await _obey(server, json.loads(line))), flush=True)
    await server.close()


async def _obey(server: Server, command: dict[str, Any]) -> dict[str, Any]:
    if command["do"] == "offer":
        return {"sdp": await server.offer(command["peer"], command["sdp"])}
    if command["do"] == "subscribe":
        await server.subscribe(command["peer"])
        return {}
    return {"cpu": time.process_time(), "counters": server.counters()}


def widen(endpoint: socket.socket) -> None:
    """Give a socket room for some thousand packets, where the kernel lets us."""
    try:
        endpoint.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


class Remote:
    """A server process, seen from the load."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, module: str) -> "Remote":
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, stdin=PIPE, stdout=PIPE, limit=2**20
            )
        )

    async def offer(self, peer: int, sdp: str) -> str:
        answer = await self._ask({"do": "offer", "peer": peer, "sdp": sdp})
        return str(answer["sdp"])

    async def subscribe(self, peer: int) -> None:
        await self._ask({"do": "subscribe", "peer": peer})

    async def cpu(self) -> float:
        """CPU seconds that the process has used, all threads."""
        return float((await self._ask({"do": "cpu"}))["cpu"])

    async def counters(self) -> dict[str, int]:
        counters: dict[str, int] = (await self._ask({"do": "cpu"}))["counters"]
        return counters

    async def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("The server under measurement ended.")
        answer: dict[str, Any] = json.loads(line)
        return answer


RECEIVE_BUFFER = 8 * 2**20

SO_RCVBUFFORCE = 33
"""From asm-generic/socket.h; the socket module does not name it."""
