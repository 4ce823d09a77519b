"""Live captions by a Kyutai streaming server (moshi-server): a WebSocket per microphone in use.

It hears 24 kHz in frames of 80 ms and answers word by word. What is final is not its business.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import msgpack

from transcription.audio import Samples
from transcription.recognisers.timeline import Timeline
from visio.link import Closed, Draft, Left, Message, Piece

logger = logging.getLogger(__name__)


class KyutaiError(Exception):
    """Why the server does not caption, as a sentence; `rest`: seconds before it is asked again."""

    def __init__(self, sentence: str, rest: float) -> None:
        super().__init__(sentence)
        self.rest = rest


class Kyutai:
    """A captioner by the server at `url` (ws… or http…).

    `tell` gets a sentence when the server fails us, and "" when it works again.
    """

    def __init__(
        self,
        url: str,
        key: str,
        language: str = "",
        *,
        tell: Callable[[str], None] = lambda _: None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._url = url.rstrip("/")
        self._headers = {"kyutai-api-key": key} if key else {}
        self._language = language
        self._tell = tell
        self._pause = pause
        self._say: Callable[[Draft], None] = lambda _: None
        self._microphones: dict[str, _Microphone] = {}

    def handle(self, message: Message) -> None:
        match message:
            case Piece(segment, track, packets):
                microphone = self._microphones.setdefault(track, _Microphone())
                microphone.hear(segment, packets)
                if microphone.task is None:
                    microphone.task = asyncio.create_task(self._follow(track, microphone))
            case Closed(segment):
                for microphone in self._microphones.values():
                    microphone.close(segment)
            case Left(track):
                if (gone := self._microphones.pop(track, None)) and gone.task:
                    gone.task.cancel()

    async def run(self, say: Callable[[Draft], None]) -> None:
        self._say = say
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            tasks = [it.task for it in self._microphones.values() if it.task]
            self._microphones.clear()
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks)

    async def _follow(self, track: str, microphone: "_Microphone") -> None:
        """Have a stream while somebody speaks, and a new one where it breaks."""
        async with aiohttp.ClientSession() as http:
            while microphone.segments:
                try:
                    await self._stream(http, microphone)
                except KyutaiError as trouble:
                    self._tell(str(trouble))
                    await self._pause(trouble.rest)
                    microphone.forget()
            # At once: whoever speaks while the session is closed gets a new one.
            if self._microphones.get(track) is microphone:
                del self._microphones[track]

    async def _stream(self, http: aiohttp.ClientSession, microphone: "_Microphone") -> None:
        """One stream, until nobody has spoken for a while; raises KyutaiError."""
        try:
            async with http.ws_connect(
                self._url + _PATH, headers=self._headers, max_msg_size=_LONGEST_MESSAGE
            ) as socket:
                await self._speak(socket, microphone)
        except aiohttp.WSServerHandshakeError as error:
            if error.status in (401, 403):
                raise KyutaiError("The Kyutai server refuses the key.", _REFUSED) from None
            raise KyutaiError(f"The Kyutai server answers {error.status}.", _BROKEN) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            logger.info("a stream to the Kyutai server broke: %s", type(error).__name__)
            raise KyutaiError("The Kyutai server cannot be reached.", _BROKEN) from None

    async def _speak(
        self, socket: aiohttp.ClientWebSocketResponse, microphone: "_Microphone"
    ) -> None:
        ready = asyncio.Event()
        timeline = microphone.start()
        reading = asyncio.create_task(self._read(socket, timeline, ready))
        writing = asyncio.create_task(_write(socket, microphone, timeline, ready))
        try:
            done, _ = await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            microphone.timeline = None
            for task in (reading, writing):
                task.cancel()
            await asyncio.wait((reading, writing))

    async def _read(
        self, socket: aiohttp.ClientWebSocketResponse, timeline: Timeline, ready: asyncio.Event
    ) -> None:
        """Take what the server says; raises KyutaiError when it ends."""
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.BINARY:
                continue
            match _unpacked(message.data):
                case {"type": "Ready"}:
                    ready.set()
                    self._tell("")
                case {"type": "Word", "text": str(text), "start_time": float(at) | int(at)}:
                    if segment := timeline.take(text[:_LONGEST_WORD], float(at)):
                        self._say(Draft(segment, timeline.text(segment), self._language))
                case {"type": "Error", "message": "no free channels"}:
                    raise KyutaiError("The Kyutai server has no free channel.", _BROKEN)
                case {"type": "Error"}:
                    raise KyutaiError("The Kyutai server reports an error.", _BROKEN)
        raise KyutaiError("The Kyutai server has closed the stream.", _BROKEN)


class _Microphone:
    """What is open on a track, kept so that a new stream can hear it from its beginning.

    What is closed before there is a stream waits for it, too.
    """

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None
        self.timeline: Timeline | None = None
        self.segments: dict[str, list[tuple[int, bytes]]] = {}
        self._closed: set[str] = set()
        self.news = asyncio.Event()

    def hear(self, segment: str, packets: tuple[tuple[int, bytes], ...]) -> None:
        self.segments.setdefault(segment, []).extend(packets)
        if self.timeline:
            self.timeline.push(segment, packets)
        self.news.set()

    def close(self, segment: str) -> None:
        if segment in self.segments and self.timeline:
            self.timeline.close(segment)
            del self.segments[segment]
        elif segment in self.segments:
            self._closed.add(segment)
        self.news.set()

    def forget(self) -> None:
        """What has waited in vain has its final text by now, or soon."""
        for segment in self._closed:
            del self.segments[segment]
        self._closed.clear()

    def start(self) -> Timeline:
        """The timeline of a new stream."""
        self.timeline = Timeline()
        for segment, packets in self.segments.items():
            self.timeline.push(segment, packets)
        for segment in self._closed:
            self.timeline.close(segment)
        self.forget()
        return self.timeline


async def _write(
    socket: aiohttp.ClientWebSocketResponse,
    microphone: _Microphone,
    timeline: Timeline,
    ready: asyncio.Event,
) -> None:
    """Send what is heard as it comes, and silence after it; returns when that lasts."""
    async with asyncio.timeout(_PATIENCE):
        await ready.wait()
    now = asyncio.get_running_loop().time
    while not timeline.idle(now()):
        microphone.news.clear()
        for frame in timeline.frames(now()):
            await socket.send_bytes(_audio(frame))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeline.step):
                await microphone.news.wait()


def _audio(frame: Samples) -> bytes:
    packed: bytes = msgpack.packb({"type": "Audio", "pcm": frame.tolist()}, use_single_float=True)
    return packed


def _unpacked(data: bytes) -> Mapping[str, Any]:
    """A message of the server; raises KyutaiError when it is none."""
    try:
        message = msgpack.unpackb(data)
    except (ValueError, msgpack.UnpackException):
        raise KyutaiError("The Kyutai server says what cannot be read.", _BROKEN) from None
    return message if isinstance(message, dict) else {}


_PATH = "/api/asr-streaming"
# Seconds before a server is asked again that refused our key, or broke: more leaves captions away
# for longer, less troubles a server that is full.
_REFUSED = 60.0
_BROKEN = 3.0
# Seconds that it may take to find a channel for us.
_PATIENCE = 10.0
# Bytes of a message and characters of a word: a server that is none of Kyutai's may send more.
_LONGEST_MESSAGE = 65_536
_LONGEST_WORD = 100
