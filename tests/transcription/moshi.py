"""Speaks moshi-server's protocol: hears a word in every burst of sound, and says it late.

Held to it by what the public client of La Suite and the server's source agree on: frames of 80 ms
at 24 kHz in msgpack, `Ready` first, 401 for a wrong key, `Error` and a close where it is full.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import msgpack
import numpy as np
from aiohttp import WSMsgType, web

FRAME = 0.08


@dataclass
class Moshi:
    """`late`: seconds of sound after a word's end before it is said; `channels`: streams at once.

    `say` names a word by its number in the stream and its pitch; `broken` says so many words, then
    what cannot be read.
    """

    late: float = 0.5
    key: str = ""
    channels: int = 64
    broken: int | None = None
    say: Callable[[int, float], str] = lambda number, _hertz: f"word{number}"
    streams: int = 0
    """Streams there have been."""
    open: int = 0
    """Streams there are."""
    frames: int = 0
    refused: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = field(default="", init=False)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator["Moshi"]:
        """Serve on a port of this host."""
        app = web.Application()
        app.router.add_get("/api/asr-streaming", self._handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"ws://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.WebSocketResponse:
        if self.key and request.headers.get("kyutai-api-key") != self.key:
            self.refused += 1
            raise web.HTTPUnauthorized
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if self.open >= self.channels:
            self.refused += 1
            await _send(socket, type="Error", message="no free channels")
            return socket
        self.open += 1
        self.streams += 1
        try:
            await _send(socket, type="Ready")
            await self._listen(socket)
        finally:
            self.open -= 1
            self.ended.set()
        return socket

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        heard = _Words()
        said = step = 0
        async for message in socket:
            if message.type is not WSMsgType.BINARY:
                continue
            audio = msgpack.unpackb(message.data)
            assert audio["type"] == "Audio"
            assert len(audio["pcm"]) == 1920
            self.frames += 1
            step += 1
            heard.push(np.asarray(audio["pcm"], np.float32))
            await _send(socket, type="Step", step_idx=step, prs=[0.0] * 4, buffered_pcm=0)
            while said < len(heard.words) and step * FRAME >= heard.words[said][1] + self.late:
                if said == self.broken:
                    await socket.send_bytes(b"\xc1")
                    return
                start, end, hertz = heard.words[said]
                await _send(socket, type="Word", text=self.say(said, hertz), start_time=start)
                await _send(socket, type="EndWord", stop_time=end)
                said += 1


class _Words:
    """Where sound begins and ends (seconds, in steps of 10 ms), and its pitch: whole words."""

    def __init__(self) -> None:
        self.words: list[tuple[float, float, float]] = []
        self._sound: list[np.ndarray[Any, np.dtype[np.float32]]] = []
        self._at = 0
        self._began: int | None = None
        self._quiet = 0

    def push(self, frame: np.ndarray[Any, np.dtype[np.float32]]) -> None:
        for piece in frame.reshape(-1, 240):
            self._at += 1
            loud = float(np.sqrt(np.mean(piece**2))) > 0.02
            self._quiet = 0 if loud else self._quiet + 1
            self._sound.append(piece)
            if loud and self._began is None:
                self._began = self._at - 1
                self._sound = [piece]
            elif self._began is not None and self._quiet == _PAUSE:
                end = (self._at - _PAUSE) / 100
                self.words.append((self._began / 100, end, _pitch(np.concatenate(self._sound))))
                self._began = None


def _pitch(sound: np.ndarray[Any, np.dtype[np.float32]]) -> float:
    """Its loudest frequency in hertz."""
    return float(np.argmax(np.abs(np.fft.rfft(sound, 24_000))))


async def _send(socket: web.WebSocketResponse, **message: object) -> None:
    with contextlib.suppress(ConnectionError):
        await socket.send_bytes(msgpack.packb(message, use_single_float=True))


_PAUSE = 4
"""Quiet pieces of 10 ms that end a word."""
