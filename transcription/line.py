"""The worker's end of the line to the server: open for ever, whatever happens between."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import aiohttp

from transcription.captions import Captioner
from visio.errors import VisioError
from visio.link import Draft, Line, greet
from visio.store.sealing import Keyring

logger = logging.getLogger(__name__)


async def keep(
    address: str,
    keyring: Keyring,
    captioner: Captioner,
    now: Callable[[], int],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Serve live captions of the server at `address` (http…, or unix:PATH) until cancelled."""
    told = ""
    while True:
        try:
            await _serve(address, keyring, captioner, now)
            told = ""
        except (aiohttp.ClientError, OSError, TimeoutError, VisioError, ValueError) as error:
            if told != (told := type(error).__name__):
                logger.info("no line to the server for live captions: %s", told)
        await pause(_RETRY)


async def _serve(
    address: str, keyring: Keyring, captioner: Captioner, now: Callable[[], int]
) -> None:
    """One life of the line."""
    hello, line = greet(keyring, now())
    path = address.removeprefix("unix:")
    local = path != address
    connector = aiohttp.UnixConnector(path) if local else aiohttp.TCPConnector()
    url = ("http://server" if local else address) + PATH
    bearer = {"Authorization": f"Bearer {hello}"}
    async with (
        aiohttp.ClientSession(connector=connector) as http,
        http.ws_connect(url, headers=bearer, heartbeat=_HEARTBEAT) as socket,
    ):
        await _talk(socket, line, captioner)


async def _talk(socket: aiohttp.ClientWebSocketResponse, line: Line, captioner: Captioner) -> None:
    drafts: asyncio.Queue[Draft] = asyncio.Queue()

    async def read() -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                captioner.handle(line.open(message.data))

    async def write() -> None:
        while True:
            await socket.send_bytes(line.seal(await drafts.get()))

    talking = [read(), write(), captioner.run(drafts.put_nowait)]
    tasks = [asyncio.create_task(part) for part in talking]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


PATH = "/api/v1/worker"
# Seconds between signs of life: more notices a lost server later, less sends more for nothing.
_HEARTBEAT = 10.0
# Seconds before the next attempt: more delays captions after a restart of the server.
_RETRY = 2.0
