"""A meeting of 49 cameras and 200 people, and what it costs the two of them who are browsers."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from fractions import Fraction

import av
import numpy as np
from aiohttp import ClientSession, TCPConnector
from aiortc.codecs.vpx import Vp8Encoder  # noqa: TID251
from playwright.async_api import Browser, Page

from benchmarks.visitors import PATIENCE, button, join, visitor
from tests.browser.server import Server
from tests.livekit.attendee import Attendee, kept_alive
from tests.sfu.participants import Sender
from visio.auth import tokens
from visio.auth.tokens import Claims, Grants

KEY, SECRET = "bots", "b" * 40


async def fill(browser: Browser, server: Server, slug: str) -> tuple[float, float]:
    """Milliseconds of the longest task while people come and go; frames a second on a tile."""
    async with AsyncExitStack() as stack:
        crowd = await stack.enter_async_context(_Crowd.coming_to(server, slug))
        for _ in range(CAMERAS - LATE):
            await crowd.come("video", "audio")
        page = await stack.enter_async_context(visitor(browser, server, size=LARGE))
        other = await stack.enter_async_context(visitor(browser, server, size=SMALL))
        await join(page, slug, "Anne")
        await join(other, slug, "Luc")
        await page.wait_for_function(_ALL_MOVE, arg=CAMERAS - LATE)
        await page.locator("#panel-button-people").click()
        async with _traced(browser, page) as tasks:
            for _ in range(LATE):
                await crowd.come("video", "audio")
            await asyncio.gather(crowd.speak(), crowd.grow())
        await button(page, "panels.close").click()
        await page.wait_for_function(_ALL_MOVE, arg=CAMERAS)
        return max(tasks), float(await page.evaluate(_SHOWN, SECONDS * 1000))


class _Crowd:
    """Clients of ours in a room; those with a camera all send the same film."""

    def __init__(self, server: Server, slug: str, http: ClientSession, inside: AsyncExitStack):
        self._url = server.url.replace("http", "ws")
        self._slug = slug
        self._http = http
        self._inside = inside
        self._people: list[Attendee] = []
        self._films: list[Sender] = []
        self._voices: list[Sender] = []

    @classmethod
    @asynccontextmanager
    async def coming_to(cls, server: Server, slug: str) -> AsyncIterator["_Crowd"]:
        async with AsyncExitStack() as inside:
            http = await inside.enter_async_context(ClientSession(connector=TCPConnector(limit=0)))
            crowd = cls(server, slug, http, inside)
            await inside.enter_async_context(kept_alive(crowd._people))
            film = asyncio.create_task(crowd._film())
            inside.callback(film.cancel)
            yield crowd

    async def come(self, *publishes: str, inside: AsyncExitStack | None = None) -> None:
        """One more, who is sent nothing, and stays until the end of all or of that."""
        identity = f"bot{len(self._people)}"
        grants = Grants(room=self._slug, room_join=True, can_subscribe=False)
        claims = Claims(identity, grants, name=f"Personne {len(self._people)}", key=KEY)
        now = time.time_ns() // 1_000_000
        token = tokens.issue({KEY: SECRET}, claims, ttl=timedelta(minutes=5), now=now)
        one = Attendee(self._http, self._url, token, publishes=publishes)
        await (inside or self._inside).enter_async_context(one)
        await one.until(lambda: one.active, PATIENCE)
        self._people.append(one)
        for slot, senders in zip(one.slots, (self._films, self._voices), strict=False):
            senders.append(Sender(one.sender, slot))

    async def speak(self) -> None:
        """Some speak, one after the other, for a second each."""
        for voice in self._voices[:SPEAKERS]:
            for _ in range(50):
                await voice.opus(_SPEECH, level=10)
                await asyncio.sleep(0.02)

    async def grow(self) -> None:
        """Many come, and some of them leave."""
        async with AsyncExitStack() as brief:
            for number in range(OTHERS):
                await self.come(inside=brief if number < LEAVING else None)

    async def _film(self) -> None:
        """Until cancelled; a picture is encoded once for all."""
        began = time.monotonic()
        for number, frame in enumerate(_light(160, 90), start=1):
            for sender in self._films:
                await sender.vp8(frame)
            await asyncio.sleep(began + number / FPS - time.monotonic())


def _light(width: int, height: int) -> Iterator[list[bytes]]:
    """A light that travels over a picture without end, with a key frame each second."""
    encoder = Vp8Encoder()
    grey = np.full((height // 2, width), 128, np.uint8)
    for number in itertools.count():
        light = 128 + 100 * np.sin((np.arange(width) + 4 * number) / 20)
        planes = np.concatenate([np.tile(light.astype(np.uint8), (height, 1)), grey])
        picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        picture.pts, picture.time_base = number * 3000, Fraction(1, 90000)
        yield encoder.encode(picture, force_keyframe=number % FPS == 0)[0]


@asynccontextmanager
async def _traced(browser: Browser, page: Page) -> AsyncIterator[list[float]]:
    """Milliseconds of CPU of each task of the pages' main threads meanwhile, when it is over."""
    tasks: list[float] = []
    await browser.start_tracing(page=page, categories=["toplevel", "__metadata"])
    yield tasks
    events = json.loads(await browser.stop_tracing())["traceEvents"]
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks += [
        event["tdur"] / 1000
        for event in events
        if "tdur" in event and (event["pid"], event["tid"]) in mains
    ]


CAMERAS = 47
LATE = 5
"""Of these, come while it is traced."""
OTHERS = 151
"""With the cameras and two Chromiums, 200 are in the list."""
SPEAKERS = 5
LEAVING = 10
FPS = 5
LARGE = (1920, 1080)
SMALL = (390, 844)
"""A telephone's: it shows a few of the 49 at a time."""
SECONDS = 10
_SPEECH = b"\xfc\xff\xfe"

_ALL_MOVE = """(wanted) =>
  [...document.querySelectorAll(".tile[data-identity^=bot] video")]
    .filter((video) => video.videoWidth > 0).length >= wanted
"""
_SHOWN = """async (milliseconds) => {
  const videos = [...document.querySelectorAll(".tile[data-identity^=bot] video")];
  const shown = ({ totalVideoFrames, droppedVideoFrames }) => totalVideoFrames - droppedVideoFrames;
  const count = () =>
    videos.reduce((sum, video) => sum + shown(video.getVideoPlaybackQuality()), 0);
  const [before, began] = [count(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return ((count() - before) * 1000) / (performance.now() - began) / videos.length;
}"""
