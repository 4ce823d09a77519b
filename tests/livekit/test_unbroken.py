"""No reliable packet is lost or doubled while connections break, with either unmodified SDK."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
from livekit.protocol import models, rtc
from livekit.rtc import DataPacket, RoomOptions
from playwright.async_api import Page

from tests.firefox import Tab, opened_tab
from tests.livekit import caller
from tests.livekit.caller import Caller
from tests.livekit.path import ANNOUNCED, Path, laid_path
from tests.livekit.site import Cable, Site, laid_cable, running_site
from tests.livekit.test_browser import enter, open_tab, served_page
from visio.hub import steady_clock
from visio.store.database import Database

pytestmark = [pytest.mark.long, pytest.mark.one_database]


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """A server whose media come by a path that can be cut."""
    async with running_site(database, announced=[ANNOUNCED], threads=1) as site:
        yield site


@dataclass
class Line:
    """What lies between one client and the server."""

    cable: Cable
    path: Path
    chance: random.Random

    async def cut_socket(self) -> None:
        """Cut the signalling, some time after it was mended."""
        await asyncio.sleep(self.chance.uniform(0.05, 1.5))
        self.cable.cut()

    async def cut_transport(self) -> None:
        """Cut everything for a moment; media come back from another address."""
        await asyncio.sleep(self.chance.uniform(0.05, 1.5))
        self.path.cut()
        self.cable.cut()
        await asyncio.sleep(self.chance.uniform(0.05, 1.0))
        self.path.move()
        self.path.mend()


def cuts(client: str) -> pytest.MarkDecorator:
    """Both ways to cut; the rule speaks of sockets."""
    socket = pytest.param(Line.cut_socket, marks=pytest.mark.rule(217, client=client))
    return pytest.mark.parametrize("cut", [socket, Line.cut_transport], ids=["socket", "transport"])


@asynccontextmanager
async def laid_line(site: Site) -> AsyncIterator[Line]:
    async with laid_path(site.media) as path, laid_cable(site.address) as cable:
        yield Line(cable, path, random.Random(4))  # noqa: S311 - repeatable


async def say_numbers(speaker: Caller, enough: asyncio.Event) -> int:
    """Send 0, 1, 2 … until it is enough; returns how many."""
    number = 0
    while not enough.is_set():
        await speaker.me.publish_data(str(number))
        number += 1
        await asyncio.sleep(_PAUSE)
    return number


class Ear:
    """The texts of all data that somebody received."""

    def __init__(self, listener: Caller) -> None:
        self.texts: list[str] = []
        self._more = asyncio.Event()
        listener.room.on("data_received", self._hear)

    async def until(self, text: str) -> list[str]:
        """All of them, once this one has come."""
        async with asyncio.timeout(RESUMING):
            while text not in self.texts:
                await self._more.wait()
                self._more.clear()
        return self.texts

    def _hear(self, packet: DataPacket) -> None:
        self.texts.append(packet.data.decode())
        self._more.set()


def numbers(count: int) -> list[str]:
    return [str(number) for number in range(count)]


@asynccontextmanager
async def two_callers(site: Site, line: Line) -> AsyncIterator[tuple[Caller, Caller]]:
    """Ada behind the line, bob beside the server: only ada's connection breaks."""
    async with AsyncExitStack() as stack:
        pair = Caller(), Caller()
        for who, identity, url in zip(
            pair, ("ada", "bob"), (line.cable.url, site.url), strict=True
        ):
            options = RoomOptions(**caller.OPTIONS)
            await who.room.connect(url, site.token(identity), options)
            stack.push_async_callback(who.leave)
        yield pair


@cuts("python")
async def test_python_loses_and_doubles_nothing_over_ten_cuts(
    site: Site, single: bool, cut: Callable[[Line], Awaitable[None]]
) -> None:
    async with laid_line(site) as line, two_callers(site, line) as (ada, bob):
        ears, enough, sid = [Ear(bob), Ear(ada)], asyncio.Event(), ada.me.sid
        talks = [asyncio.create_task(say_numbers(who, enough)) for who in (ada, bob)]
        for _ in range(10):
            await cut(line)
            # The SDK joins anew when a resume fails, and then it is another session.
            await ada.event("reconnected", RESUMING)
        enough.set()
        said = [await talk for talk in talks]
        for who in (ada, bob):
            await who.me.publish_data("end")
        for ear, count in zip(ears, said, strict=True):
            assert await ear.until("end") == [*numbers(count), "end"]
        # One more resume: nothing that was said before comes again after it.
        line.cable.cut()
        await ada.event("reconnected", RESUMING)
        for who in (ada, bob):
            await who.me.publish_data("again")
        for ear, count in zip(ears, said, strict=True):
            assert await ear.until("again") == [*numbers(count), "end", "again"]
        assert ada.me.sid == sid


async def test_python_doubles_nothing_over_full_reconnects(site: Site, single: bool) -> None:
    async with laid_line(site) as line, two_callers(site, line) as (ada, bob):
        to_bob, to_ada, enough = Ear(bob), Ear(ada), asyncio.Event()
        talk = asyncio.create_task(say_numbers(bob, enough))
        for _ in range(3):
            await start_over(site, "ada")
            await ada.event("reconnected", RESUMING)
        enough.set()
        await talk
        for who in (ada, bob):
            await who.me.publish_data("end")
        assert await to_bob.until("end") == ["end"]
        told = [int(text) for text in (await to_ada.until("end"))[:-1]]
        assert told == sorted(set(told))


async def start_over(site: Site, identity: str) -> None:
    """Have a client join again, as after a restart of the server."""
    found = site.hub.find("bots-only", identity)
    assert found is not None
    live, participant = found
    live.perform(
        live.room.dismiss(
            participant.sid, models.STATE_MISMATCH, steady_clock(), rtc.LeaveRequest.RECONNECT
        )
    )


async def browser_talks_on(
    site: Site, page: Page | Tab, cable: Cable, cut: Callable[[], Awaitable[None]]
) -> None:
    """Ada in a browser and Bob talk while hers is cut ten times; nothing is lost nor doubled."""
    async with AsyncExitStack() as stack:
        bob = Caller()
        await bob.room.connect(site.url, site.token("bob"), RoomOptions(**caller.OPTIONS))
        stack.push_async_callback(bob.leave)
        ear, enough = Ear(bob), asyncio.Event()
        await enter(page, cable.url, site.token("ada"), caller.OPTIONS["single_peer_connection"])
        await page.evaluate("() => startTalking()")
        talk = asyncio.create_task(say_numbers(bob, enough))
        for _ in range(10):
            await cut()
        await page.wait_for_function(CALM)
        enough.set()
        said = await talk
        await bob.me.publish_data("end")
        browser_said = await page.evaluate("() => stopTalking()")
        assert await ear.until("end") == [*numbers(browser_said), "end"]
        assert await browser_heard(page, "end") == [*numbers(said), "end"]
        cable.cut()
        await page.wait_for_function(f"() => !({CALM})()")
        await page.wait_for_function(CALM)
        await page.evaluate("() => say('again')")
        await bob.me.publish_data("again")
        assert await ear.until("again") == [*numbers(browser_said), "end", "again"]
        assert await browser_heard(page, "again") == [*numbers(said), "end", "again"]


@pytest.mark.browser
@pytest.mark.usefixtures("single")
@cuts("chromium")
async def test_browser_loses_and_doubles_nothing_over_ten_cuts(
    site: Site, cut: Callable[[Line], Awaitable[None]]
) -> None:
    async with laid_line(site) as line, open_tab() as page:

        async def cut_and_wait() -> None:
            await cut(line)
            # A socket is cut again while the SDK resumes; where media do not come back, it joins
            # anew, and then it is another session.
            if cut is Line.cut_transport:
                await page.wait_for_function(CALM)

        await browser_talks_on(site, page, line.cable, cut_and_wait)


@pytest.mark.browser
@pytest.mark.usefixtures("single")
@pytest.mark.rule(217, client="firefox")
async def test_firefox_loses_and_doubles_nothing_over_ten_cuts(
    everywhere: Site, firefox: str
) -> None:
    chance = random.Random(4)  # noqa: S311 - repeatable
    async with (
        laid_cable(everywhere.address) as cable,
        served_page() as url,
        opened_tab(firefox) as page,
    ):

        async def cut() -> None:
            await asyncio.sleep(chance.uniform(0.05, 1.5))
            cable.cut()
            # Cut again while it resumes, livekit-client joins anew in this browser.
            await page.wait_for_function(f"() => !({CALM})()")
            await page.wait_for_function(CALM)

        await page.goto(url)
        await browser_talks_on(everywhere, page, cable, cut)


async def browser_heard(page: Page | Tab, until: str) -> list[str]:
    await page.wait_for_function("(text) => heard.includes(text)", arg=until)
    texts: list[str] = await page.evaluate("() => heard")
    return texts


CALM = "() => room.state === 'connected' && !room.engine.attemptingReconnect"

RESUMING = 30.0
"""Seconds: twice what the SDK itself gives a resume before it joins anew."""

# Seconds between two packets of one speaker: some hundreds are on their way over ten cuts.
_PAUSE = 0.01
