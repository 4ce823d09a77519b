"""Live captions: who asked for them, and the lines to the workers that make them."""

import asyncio
import contextlib
import logging
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import WSMsgType, web

from visio.errors import BadRequest, InvalidToken
from visio.link import Draft, Line, Message, Piece, accept
from visio.metrics import METRICS
from visio.store.sealing import SealError
from visio.views.described import CALL, OPEN, described
from visio.views.middleware import answer_refusals
from visio.views.request import Body, in_call, read
from visio.views.state import CLOCK, HUB, KEYRING, LIVE

logger = logging.getLogger(__name__)


class Captions(Body):
    on: bool


@described(body=Captions, door=CALL)
async def set_captions(request: web.Request) -> web.Response:
    """Whether I am shown what is being said while it is said, as long as I am connected."""
    caller = in_call(request)
    body = await read(request, Captions)
    live, participant, _ = request.app[HUB].attendee(caller.slug, caller.identity)
    if client := live.clients.get(participant.sid):
        client.captions = body.on
    return web.Response(status=204)


@described(door=OPEN, status=101)
async def serve(request: web.Request) -> web.WebSocketResponse:
    """The line of a speech worker, opened by a hello that only who has the master key can write."""
    scheme, _, hello = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidToken
    line = accept(request.app[KEYRING], hello.strip(), request.app[CLOCK]())
    socket = web.WebSocketResponse(
        heartbeat=_HEARTBEAT, max_msg_size=_LARGEST_FRAME, compress=False
    )
    if not socket.can_prepare(request).ok:
        raise BadRequest("This is a WebSocket.")
    await socket.prepare(request)
    outlet = _Outlet(socket, line)
    writing = asyncio.create_task(outlet.write())
    live = request.app[LIVE]
    live.join(outlet)
    try:
        async for message in socket:
            if message.type is not WSMsgType.BINARY:
                continue
            if isinstance(draft := line.open(message.data), Draft):
                live.take(draft)
    except (SealError, ValueError):
        logger.warning("a worker's line was cut: it said what cannot be read")
    finally:
        live.part(outlet)
        writing.cancel()
        await asyncio.wait([writing])
    return socket


@contextlib.asynccontextmanager
async def local_line(app: web.Application) -> AsyncIterator[str]:
    """Serve the worker on this host by a socket of its own; its address, while it is open.

    Beside the public address, which the worker may not reach by the name that others use.
    """
    inner = web.Application(middlewares=[answer_refusals])
    inner[KEYRING], inner[CLOCK], inner[LIVE] = app[KEYRING], app[CLOCK], app[LIVE]
    inner[METRICS] = app[METRICS]
    inner.router.add_get(WORKER_PATH, serve)
    runner = web.AppRunner(inner, access_log=None, shutdown_timeout=_GOODBYE)
    await runner.setup()
    with tempfile.TemporaryDirectory(prefix="visio-") as folder:
        path = Path(folder) / "worker"
        await web.UnixSite(runner, path).start()
        try:
            yield f"unix:{path}"
        finally:
            await runner.cleanup()


class _Outlet:
    """What waits to be written to a worker."""

    def __init__(self, socket: web.WebSocketResponse, line: Line) -> None:
        self._socket = socket
        self._line = line
        self._waiting: asyncio.Queue[Message | None] = asyncio.Queue()

    def send(self, message: Message) -> bool:
        if isinstance(message, Piece) and self._waiting.qsize() >= _MOST_WAITING:
            return False
        self._waiting.put_nowait(message)
        return True

    def hang_up(self) -> None:
        self._waiting.put_nowait(None)

    async def write(self) -> None:
        """Write until it is hung up; a line that breaks is noticed by its reader."""
        with contextlib.suppress(ConnectionError):
            while message := await self._waiting.get():
                await self._socket.send_bytes(self._line.seal(message))
            await self._socket.close()


WORKER_PATH = "/api/v1/worker"
# Seconds between signs of life: more notices a lost worker later, less sends more for nothing.
_HEARTBEAT = 10.0
# Bytes of a message; drafts are a few sentences.
_LARGEST_FRAME = 65_536
# Messages that may wait for a worker, ten a second for each who speaks: more lets captions fall
# behind before they are dropped, less drops them at each hiccup.
_MOST_WAITING = 200
# Seconds that the line gets to end at the server's end.
_GOODBYE = 1.0
