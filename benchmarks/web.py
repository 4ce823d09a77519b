"""What our page costs a browser: its size, its way into a meeting, and a meeting of 49 cameras.

The server is `visio serve`; people are Chromiums with our page. First the page before a meeting is
fetched by a browser that has never been here, and everything that it asks for is weighed as it came
over the wire. Then somebody joins 20 times a person who is there: the times are those from the
click to the first frame of that person. At last 47 clients of ours with a camera each (16:9 of 90
lines, 5 frames a second) fill a room of two Chromiums, 151 others come without a camera, some
speak, some leave: Chromium's trace of its main thread tells the longest task, in CPU time, and
requestAnimationFrame how often the page was drawn.

Ends with status 1 and a sentence when the page before a meeting is heavier than 300 KiB, half of
the joins take longer than 600 ms, or a task takes more than 50 ms of CPU.
"""

import asyncio
import json
import shutil
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

from aiohttp import ClientSession, TCPConnector
from playwright.async_api import Browser, Locator, Page, async_playwright

from tests.browser.chromium import ARGUMENTS
from tests.browser.server import Server, running_server
from tests.databases import open_folder
from tests.livekit.attendee import Attendee, kept_alive
from tests.sfu.participants import Sender, vp8_light
from visio.auth import tokens
from visio.auth.tokens import Claims, Grants

KEY, SECRET = "bots", "b" * 40
WORDS = json.loads((Path(__file__).parents[1] / "visio/web/src/locales/fr.json").read_text())
PROBE = Path(__file__).parents[1] / "tests/smoke/probe.js"


async def measure(server: Server) -> dict[str, float]:
    """All figures, by their names in JSON."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS
        )
        weight = await _weigh(browser, server, _room(server))
        _tell("the page before a meeting", f"{weight:.0f} KiB")
        times = await _join_again_and_again(browser, server, _room(server))
        p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        _tell(f"{JOINS} joins to the first frame", f"p50 {p50:.0f} ms, p95 {p95:.0f} ms")
        longest, fps = await _fill(browser, server, _room(server))
        _tell("longest task of the main thread", f"{longest:.0f} ms of CPU")
        _tell("drawn with 49 tiles", f"{fps:.1f} times a second")
        await browser.close()
    return {
        "bundle_kib": weight,
        "first_frame_p50_ms": p50,
        "first_frame_p95_ms": p95,
        "longest_task_ms": longest,
        "fps_49": fps,
    }


def missed(figures: dict[str, float]) -> list[str]:
    """What is beyond its bound."""
    bounds = {"bundle_kib": 300, "first_frame_p50_ms": 600, "longest_task_ms": 50}
    return [
        f"{name} is {figures[name]:.0f}, at most {bound} is wanted."
        for name, bound in bounds.items()
        if figures[name] > bound
    ]


async def _weigh(browser: Browser, server: Server, slug: str) -> float:
    """KiB that come over the wire until nothing is asked for any more."""
    async with _visitor(browser, server) as page:
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Network.enable")
        lengths: list[float] = []
        devtools.on("Network.loadingFinished", lambda it: lengths.append(it["encodedDataLength"]))
        await page.goto(f"/{slug}", wait_until="networkidle")
        await _button(page, "prejoin.join").wait_for()
        return sum(lengths) / 1024


async def _join_again_and_again(browser: Browser, server: Server, slug: str) -> list[float]:
    """Milliseconds from the click to the first frame, of somebody who has been here before."""
    times = []
    async with _visitor(browser, server) as host, _visitor(browser, server) as guest:
        await _join(host, slug, "Anne")
        for _ in range(JOINS):
            await _join(guest, slug, "Luc")
            _, seen = await guest.evaluate(f"probe.arrival({PATIENCE * 1000})")
            times.append(seen)
            await _button(guest, "call.leave").click()
            await _button(guest, "ended.rejoin").wait_for()
    return times


async def _fill(browser: Browser, server: Server, slug: str) -> tuple[float, float]:
    """Milliseconds of the longest task while people come and speak; frames drawn a second."""
    async with AsyncExitStack() as stack:
        crowd = await stack.enter_async_context(_Crowd.coming_to(server, slug))
        cameras = [await crowd.come("video", "audio") for _ in range(CAMERAS)]
        film = asyncio.create_task(_film([Sender(one.sender, one.slots[0]) for one in cameras]))
        stack.callback(film.cancel)
        for name in ("Anne", "Luc"):
            page = await stack.enter_async_context(_visitor(browser, server, *LARGE))
            await _join(page, slug, name)
        await page.wait_for_function(_ALL_MOVE, arg=CAMERAS + 1)
        await _button(page, "panels.people").click()
        fps = float(await page.evaluate(_DRAWN))
        async with _traced(browser, page) as tasks:
            for one in cameras[:SPEAKERS]:
                await _speak(Sender(one.sender, one.slots[1]))
            for _ in range(OTHERS):
                await crowd.come()
        return max(tasks), fps


class _Crowd:
    """Clients of ours in a room: each is there until the end."""

    def __init__(self, server: Server, slug: str, http: ClientSession, inside: AsyncExitStack):
        self._url = server.url.replace("http", "ws")
        self._slug = slug
        self._http = http
        self._inside = inside
        self._people: list[Attendee] = []

    @classmethod
    @asynccontextmanager
    async def coming_to(cls, server: Server, slug: str) -> AsyncIterator["_Crowd"]:
        async with AsyncExitStack() as inside:
            http = await inside.enter_async_context(ClientSession(connector=TCPConnector(limit=0)))
            crowd = cls(server, slug, http, inside)
            await inside.enter_async_context(kept_alive(crowd._people))
            yield crowd

    async def come(self, *publishes: str) -> Attendee:
        """One more, who is sent nothing."""
        identity = f"p{len(self._people)}"
        grants = Grants(room=self._slug, room_join=True, can_subscribe=False)
        claims = Claims(identity, grants, name=f"Personne {identity}", key=KEY)
        now = time.time_ns() // 1_000_000
        token = tokens.issue({KEY: SECRET}, claims, ttl=timedelta(minutes=5), now=now)
        one = Attendee(self._http, self._url, token, publishes=publishes)
        self._people.append(await self._inside.enter_async_context(one))
        await one.until(lambda: one.active, PATIENCE)
        return one


async def _film(senders: Sequence[Sender]) -> None:
    """All of them send the same picture, until cancelled."""
    for frame in vp8_light(160, 90, key_frames=FPS):
        for sender in senders:
            await sender.vp8(frame)
        await asyncio.sleep(1 / FPS)


async def _speak(sender: Sender) -> None:
    """Loud packets for a second: the server calls it a speaker."""
    for _ in range(50):
        await sender.opus(b"\xfc\xff\xfe", level=10)
        await asyncio.sleep(0.02)


@asynccontextmanager
async def _visitor(
    browser: Browser, server: Server, width: int = 1280, height: int = 800
) -> AsyncIterator[Page]:
    """A page of a browser that has never been here."""
    context = await browser.new_context(
        base_url=server.url,
        locale="fr-FR",
        viewport={"width": width, "height": height},
        permissions=["camera", "microphone"],
    )
    context.set_default_timeout(PATIENCE * 1000)
    await context.add_init_script(path=PROBE)
    yield await context.new_page()
    await context.close()


async def _join(page: Page, slug: str, name: str) -> None:
    await page.goto(f"/{slug}")
    await page.get_by_label(_text("prejoin.name"), exact=True).fill(name)
    await _button(page, "prejoin.join").click()
    await _button(page, "call.leave").wait_for()


@asynccontextmanager
async def _traced(browser: Browser, page: Page) -> AsyncIterator[list[float]]:
    """Milliseconds of CPU of each task of the page's main thread meanwhile, when it is over."""
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


def _room(server: Server) -> str:
    return server.add_room("Mesure", HOST)


def _button(page: Page, key: str) -> Locator:
    return page.get_by_role("button", name=_text(key), exact=True)


def _text(key: str) -> str:
    group, name = key.split(".")
    return str(WORDS[group][name])


def _tell(what: str, figure: str) -> None:
    print(f"{what:<40}{figure}", flush=True)


def main() -> int:
    with open_folder() as folder:
        database = f"sqlite+aiosqlite:///{folder / 'visio.db'}"
        keys = json.dumps({KEY: SECRET})
        with running_server(folder, database, VISIO_LIVEKIT_KEYS=keys) as server:
            server.add_account(HOST, "Host")
            figures = asyncio.run(measure(server))
    for fault in (faults := missed(figures)):
        print(fault)
    print(json.dumps({name: round(figure, 1) for name, figure in figures.items()}))
    return 1 if faults else 0


HOST = "host@example.org"
JOINS = 20
CAMERAS = 47
OTHERS = 151
"""With the cameras and two Chromiums, 200 are in the list."""
SPEAKERS = 5
FPS = 5
LARGE = (1920, 1080)
PATIENCE = 60
"""Seconds."""

_ALL_MOVE = """(wanted) =>
  [...document.querySelectorAll(".tile video")].filter((video) => video.videoWidth > 0).length
    >= wanted
"""
_DRAWN = """async () => {
  const began = performance.now();
  for (let drawn = 0; ; drawn++) {
    const now = await new Promise(requestAnimationFrame);
    if (now - began > 10_000) return (drawn * 1000) / (now - began);
  }
}"""

if __name__ == "__main__":
    sys.exit(main())
