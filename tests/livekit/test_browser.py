"""The unmodified web client in Chromium, together with the Python SDK."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from livekit import rtc
from playwright.async_api import Page, async_playwright

from tests.chromium import ARGUMENTS
from tests.firefox import PATIENCE, Tab
from tests.livekit.caller import called, heard_tone, seen_colour
from tests.livekit.site import Site, laid_cable

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.one_database,
]

HERE = Path(__file__).parent
CLIENT = HERE.parents[1] / "visio/web/node_modules/livekit-client/dist"
CHROMIUM_FLAGS = (*ARGUMENTS, "--use-fake-device-for-media-stream")


@asynccontextmanager
async def served_page() -> AsyncIterator[str]:
    """A page with livekit-client, on another origin than the signalling."""

    async def page(_: web.Request) -> web.FileResponse:
        return web.FileResponse(HERE / "page.html")

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_static("/", CLIENT)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def open_tab() -> AsyncIterator[Page]:
    async with served_page() as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(CHROMIUM_FLAGS)
        )
        try:
            page = await browser.new_page()
            await page.goto(url)
            yield page
        finally:
            await browser.close()


async def enter(
    page: Page | Tab, url: str, token: str, single: bool, *, keys: Any = None, **publishing: Any
) -> None:
    """Join in the generation of the test; `publishing` are livekit-client's publishDefaults.

    `keys` encrypts end to end: a passphrase, or one for each identity.
    """
    await page.evaluate("(told) => join(...told)", [url, token, single, publishing, keys])


async def more_received(page: Page | Tab, identity: str) -> None:
    """Wait until sound and pictures of somebody go on."""
    for kind in ("audio", "video"):
        async with asyncio.timeout(PATIENCE):
            await page.evaluate("(told) => receiveMore(...told)", [identity, kind])


async def happened(page: Page, event: str) -> None:
    await page.wait_for_function("(name) => news.some(([event]) => event === name)", arg=event)


async def test_browser_and_python_hear_and_see_each_other(site: Site, single: bool) -> None:
    async with called(site.url, site.token("ada")) as (ada,), open_tab() as page:
        await ada.speak(440)
        await ada.show((230, 120, 30))
        await enter(page, site.url, site.token("bob"), single)
        await more_received(page, "ada")
        tracks: dict[Any, Any] = {}
        while len(tracks) < 2:
            track, _, _ = await ada.event("track_subscribed")
            tracks[track.kind] = track
        assert abs(await heard_tone(tracks[rtc.TrackKind.KIND_AUDIO]) - 880) <= 4
        # The picture of Chromium's fake camera is green.
        _, green, _ = await seen_colour(tracks[rtc.TrackKind.KIND_VIDEO])
        assert green > 100
        await page.close()
        (gone,) = await ada.event("participant_disconnected")
        assert gone.identity == "bob"


async def test_browser_resumes_after_a_cut_and_everything_goes_on(site: Site, single: bool) -> None:
    async with (
        called(site.url, site.token("ada")) as (ada,),
        laid_cable(site.address) as cable,
        open_tab() as page,
    ):
        await ada.speak(440)
        await ada.show((230, 120, 30))
        await enter(page, cable.url, site.token("bob"), single)
        await more_received(page, "ada")
        cable.cut()
        await happened(page, "reconnected")
        await more_received(page, "ada")
        await page.evaluate("room.localParticipant.setName('Bob the second')")
        participant, _, name = await ada.event("participant_name_changed")
        assert (participant.identity, name) == ("bob", "Bob the second")
        await ada.me.set_name("Ada the second")
        await happened(page, "participantNameChanged")
