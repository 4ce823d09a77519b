"""Somebody who uses the server as people do: signs in, makes a room, meets a guest."""

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import aiohttp
import numpy as np
from livekit import rtc

API = "/api/v1"
RATE = 48_000


class Visitor:
    """A browser's cookies at one server, without the browser."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        session = aiohttp.ClientSession(self._url, headers={"Origin": self._url})
        self._http = await self._stack.enter_async_context(session)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def sign_in(self, email: str, password: str) -> str:
        """The password from then on: a one-time password is replaced at once."""
        answer = await self._ask("POST", "/session", email=email, password=password)
        if not answer["account"]["must_change_password"]:
            return password
        await self._ask("PUT", "/session/password", current=password, new=_PASSWORD)
        return _PASSWORD

    async def make_room(self) -> str:
        room = await self._ask("POST", "/rooms", title="Réunion", access="public")
        return str(room["slug"])

    async def token(self, slug: str, name: str | None = None) -> str:
        """The key to a call: as myself, or as a guest of that name."""
        body = {"name": name} if name else {}
        return str((await self._ask("POST", f"/rooms/{slug}/join", **body))["token"])

    async def _ask(self, method: str, path: str, **body: object) -> Any:
        async with self._http.request(method, API + path, json=body) as response:
            assert response.ok, await response.text()
            return None if response.status == 204 else await response.json()


async def hears(url: str, speaker: str, listener: str) -> None:
    """The one with the first token speaks until the other hears it, both by LiveKit's SDK."""
    heard = asyncio.get_running_loop().create_future()
    tasks = set()

    async def listen(track: rtc.Track) -> None:
        async for event in rtc.AudioStream(track):
            if np.abs(np.frombuffer(event.frame.data, np.int16)).max() > 1000:
                heard.set_result(None)
                return

    def subscribed(track: rtc.Track, *_: object) -> None:
        tasks.add(asyncio.create_task(listen(track)))

    there, here = rtc.Room(), rtc.Room()
    here.on("track_subscribed", subscribed)
    await here.connect(url, listener)
    await there.connect(url, speaker)
    source = rtc.AudioSource(RATE, 1)
    track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
    await there.local_participant.publish_track(
        track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    )
    try:
        async with asyncio.timeout(20):
            while not heard.done():
                await source.capture_frame(_tone())
    finally:
        await there.disconnect()
        await here.disconnect()
        await asyncio.gather(*tasks)


def _tone() -> rtc.AudioFrame:
    """20 ms of 400 Hz: whole waves, so that one follows another without a click."""
    count = RATE // 50
    wave = 12_000 * np.sin(2 * np.pi * 400 * np.arange(count) / RATE)
    return rtc.AudioFrame(wave.astype(np.int16).tobytes(), RATE, 1, count)


_PASSWORD = "une phrase de passe choisie"
