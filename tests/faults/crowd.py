"""Clients that are in the way: python -m tests.faults.crowd KIND PORT ADDRESS…

Each address is one at which somebody joins a meeting. Prints a line when all of them are there, and
goes on until its input ends.
"""

import asyncio
import itertools
import resource
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress

import aiohttp

Ready = Callable[[], None]


async def half_open(port: str, _addresses: tuple[str, ...], ready: Ready) -> None:
    """A thousand connections that never say a word; those that are cut come again."""

    async def hold() -> None:
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
                came.release()
                await reader.read()
                writer.close()

    came = asyncio.Semaphore(0)
    async with asyncio.TaskGroup() as group:
        for _ in range(1000):
            group.create_task(hold())
        for _ in range(1000):
            await came.acquire()
        ready()


async def dripping(port: str, _addresses: tuple[str, ...], ready: Ready) -> None:
    """A hundred that send a head byte by byte, again and again."""

    async def drip() -> None:
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", int(port))
                for byte in b"GET /api/v1/config HTTP/1.1\r\nHost: x\r\nX-Slow: " + b"x" * 1000:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(0.02)

    async with asyncio.TaskGroup() as group:
        for _ in range(100):
            group.create_task(drip())
        ready()


async def deaf(_port: str, addresses: tuple[str, ...], ready: Ready) -> None:
    """In the meeting, all of them, and none reads what it is told."""
    async with AsyncExitStack() as stack:
        for address in addresses:
            await joined(stack, address)
        ready()
        await asyncio.Event().wait()


async def flooding(_port: str, addresses: tuple[str, ...], ready: Ready) -> None:
    """In the meeting, all of them, and each signals as fast as it can."""

    async def flood(socket: aiohttp.ClientWebSocketResponse) -> None:
        with suppress(ConnectionError):
            for number in itertools.count():
                await socket.send_bytes(_PING)
                if not number % 100:
                    await asyncio.sleep(0)

    async def read(socket: aiohttp.ClientWebSocketResponse) -> None:
        async for _ in socket:
            pass

    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        for address in addresses:
            socket = await joined(stack, address)
            group.create_task(flood(socket))
            group.create_task(read(socket))
        ready()


async def joined(stack: AsyncExitStack, address: str) -> aiohttp.ClientWebSocketResponse:
    http = await stack.enter_async_context(aiohttp.ClientSession())
    return await stack.enter_async_context(http.ws_connect(address))


KINDS: Mapping[str, Callable[[str, tuple[str, ...], Ready], Awaitable[None]]] = {
    "half open": half_open,
    "dripping": dripping,
    "deaf": deaf,
    "flooding": flooding,
}
_PING = b"\x70\x01"
"""LiveKit's SignalRequest(ping=1)."""


async def main(kind: str, port: str, *addresses: str) -> None:
    def ready() -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    over = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    doing = asyncio.ensure_future(KINDS[kind](port, addresses, ready))
    await asyncio.wait([over, doing], return_when=asyncio.FIRST_COMPLETED)
    doing.cancel()
    with suppress(asyncio.CancelledError):
        await doing


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(main(*sys.argv[1:]))
