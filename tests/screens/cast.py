"""People in a meeting who are programs: they show a picture, speak, share, raise a hand, write."""

import asyncio
import wave
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self
from uuid import uuid4

import aiohttp
import numpy as np
from livekit import rtc

from tests.screens.portraits import HEIGHT, WIDTH

RATE = 48_000


class Cast:
    """In the room while in its `with` block; the first of them never stops speaking."""

    def __init__(self, url: str, slug: str, people: Sequence[tuple[str, bytes | None]]) -> None:
        """`people` are names, each with the RGBA of a camera, None where it is off."""
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)
        self._actors = [_Actor(url, slug, name, picture) for name, picture in people]

    def __enter__(self) -> Self:
        self._thread.start()
        for number, actor in enumerate(self._actors):
            self._wait(actor.join(speaks=number == 0))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for actor in self._actors:
            self._wait(actor.leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def raise_hand(self, number: int) -> None:
        self._wait(self._actors[number].ask("PUT", "hand", {"raised": True}))

    def agree(self) -> None:
        """All, to be transcribed."""
        for actor in self._actors:
            self._wait(actor.agree())

    def write(self, number: int, text: str) -> None:
        said = {"id": str(uuid4()), "text": text}
        self._wait(self._actors[number].ask("POST", "messages", said))

    def share(self, number: int, picture: bytes) -> None:
        self._wait(self._actors[number].show(picture, rtc.TrackSource.SOURCE_SCREENSHARE))

    def _wait(self, coroutine: object) -> None:
        future: Future[None] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)  # type: ignore[arg-type]
        future.result(_PATIENCE)


class _Actor:
    def __init__(self, url: str, slug: str, name: str, picture: bytes | None) -> None:
        self._url = url
        self._slug = slug
        self._name = name
        self._picture = picture
        self._token = ""
        self._tasks: list[asyncio.Task[None]] = []

    async def join(self, *, speaks: bool) -> None:
        # A guest each: no cookies.
        self._http = aiohttp.ClientSession(
            self._url,
            headers={"Origin": self._url},
            cookie_jar=aiohttp.DummyCookieJar(),
            raise_for_status=True,
        )
        async with self._http.post(self._path("join"), json={"name": self._name}) as answer:
            self._token = (await answer.json())["token"]
        self._room = rtc.Room()
        options = rtc.RoomOptions(auto_subscribe=False)
        await self._room.connect(self._url.replace("http", "ws", 1), self._token, options)
        if speaks:
            await self._speak()
        if self._picture:
            await self.show(self._picture, rtc.TrackSource.SOURCE_CAMERA)

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._room.disconnect()
        await self._http.close()

    async def show(self, picture: bytes, source: "rtc.TrackSource.ValueType") -> None:
        frames = rtc.VideoSource(WIDTH, HEIGHT)
        track = rtc.LocalVideoTrack.create_video_track("picture", frames)
        options = rtc.TrackPublishOptions(source=source, simulcast=False)
        self._tasks.append(asyncio.create_task(self._film(frames, picture)))
        await self._room.local_participant.publish_track(track, options)

    async def agree(self) -> None:
        async with self._http.get("/api/v1/config") as config:
            wording = (await config.json())["wording"]
        await self.ask("PUT", "consent", {"granted": True, "wording": wording, "language": "fr"})

    async def ask(self, method: str, path: str, body: Mapping[str, object]) -> None:
        bearer = {"Authorization": f"Bearer {self._token}"}
        async with self._http.request(method, self._path(path), json=body, headers=bearer):
            pass

    async def _speak(self) -> None:
        source = rtc.AudioSource(RATE, 1)
        track = rtc.LocalAudioTrack.create_audio_track("voice", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self._room.local_participant.publish_track(track, options)
        self._tasks.append(asyncio.create_task(self._hum(source)))

    async def _hum(self, source: rtc.AudioSource) -> None:
        """The source keeps the pace."""
        sound = _voice()
        while True:
            await source.capture_frame(rtc.AudioFrame(sound, RATE, 1, RATE // 10))

    @staticmethod
    async def _film(frames: rtc.VideoSource, picture: bytes) -> None:
        while True:
            kind = rtc.VideoBufferType.RGBA
            frames.capture_frame(rtc.VideoFrame(WIDTH, HEIGHT, kind, picture))
            await asyncio.sleep(_PACE)

    def _path(self, rest: str) -> str:
        return f"/api/v1/rooms/{self._slug}/{rest}"


def write_voice(file: Path) -> None:
    """What the microphone of a browser hears, over and over."""
    with wave.open(str(file), "wb") as written:
        written.setparams((1, 2, RATE, 0, "NONE", ""))
        written.writeframes(_voice() * 10)


def _voice() -> bytes:
    """A tenth of a second of a hum."""
    teeth = np.arange(RATE // 10) % (RATE // 180) / (RATE // 180) - 0.5
    return (teeth * 12_000).astype(np.int16).tobytes()


# Seconds between two frames: more is coarser at the beginning, less costs the machine.
_PACE = 0.5
_PATIENCE = 60
