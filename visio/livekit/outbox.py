"""What waits to be sent on one WebSocket."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from aiohttp import WSCloseCode

logger = logging.getLogger(__name__)


class Outbox:
    """Frames on their way to one WebSocket; a client that does not read them loses it."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | str | None] = asyncio.Queue()
        self._waiting = 0
        self._code: int = WSCloseCode.OK
        self._closed = False
        self._abort: Callable[[], None] = lambda: None

    def put(self, frame: bytes | str) -> None:
        """Send a frame after those before it."""
        if self._closed:
            return
        if self._waiting > _MOST_WAITING:
            logger.warning("a client does not read what it is sent: its socket is cut")
            self.close()
            self._abort()
        else:
            self._waiting += len(frame)
            self._queue.put_nowait(frame)

    def close(self, code: int = WSCloseCode.OK) -> None:
        """Close the socket, after what was put before; the first code counts."""
        if not self._closed:
            self._closed, self._code = True, code
            self._queue.put_nowait(None)

    async def pump(self, websocket: "Sink", abort: Callable[[], None]) -> None:
        """Send until closed; `abort` cuts the connection without waiting for its reader."""
        self._abort = abort
        with suppress(ConnectionError):
            while (frame := await self._queue.get()) is not None:
                if isinstance(frame, str):
                    await websocket.send_str(frame)
                else:
                    await websocket.send_bytes(frame)
                self._waiting -= len(frame)
        await websocket.close(code=self._code)


class Sink(Protocol):
    """Where an outbox sends: a WebSocket."""

    async def send_bytes(self, data: bytes) -> None: ...
    async def send_str(self, data: str) -> None: ...
    async def close(self, *, code: int) -> Any: ...


# Bytes that may wait for a slow reader; more costs memory, less cuts clients on a bad network.
_MOST_WAITING = 1024 * 1024
