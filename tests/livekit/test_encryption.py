"""The SDKs' own end-to-end encryption passes through: in Chromium, and with the Python SDK."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from livekit import rtc
from playwright.async_api import Page

from tests.firefox import PATIENCE, Tab, new_tab, opened_session
from tests.livekit.caller import called, heard_tone, seen_colour
from tests.livekit.site import Site
from tests.livekit.test_browser import enter, more_received, open_tab, served_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long,
    pytest.mark.one_database,
]

SHARED = "a passphrase that all know"


@asynccontextmanager
async def open_tabs() -> AsyncIterator[tuple[Page, Page]]:
    """Two tabs of one Chromium."""
    async with open_tab() as first:
        assert first.context.browser
        second = await first.context.browser.new_page()
        await second.goto(first.url)
        yield first, second


async def ask(page: Page | Tab, function: str, *told: Any) -> Any:
    """What a function of the page answers."""
    async with asyncio.timeout(PATIENCE):
        return await page.evaluate(f"(told) => {function}(...told)", list(told))


def with_the_key() -> rtc.E2EEOptions:
    shared = rtc.KeyProviderOptions(shared_key=SHARED.encode())
    return rtc.E2EEOptions(key_provider_options=shared)


async def only_those_with_the_key(
    site: Site, single: bool, bob: Page | Tab, eve: Page | Tab
) -> tuple[int, int, int]:
    """Ada, on the Python SDK, and Bob have it, and Eve guesses; the colour of Bob's picture."""
    async with called(site.url, site.token("ada"), encryption=with_the_key()) as (ada,):
        await ada.speak(440)
        await ada.show((230, 120, 30))
        await enter(bob, site.url, site.token("bob"), single, keys=SHARED)
        await more_received(bob, "ada")
        tracks = {}
        while len(tracks) < 2:
            track, publication, _ = await ada.event("track_subscribed")
            assert publication.encryption_type == rtc.EncryptionType.GCM
            tracks[track.kind] = track
        assert abs(await heard_tone(tracks[rtc.TrackKind.KIND_AUDIO]) - 880) <= 4
        colour = await seen_colour(tracks[rtc.TrackKind.KIND_VIDEO])

        await enter(eve, site.url, site.token("eve"), single, keys="a guess")
        for kind in ("audio", "video"):
            got = await ask(eve, "arrived", "bob", kind)
            assert not got.get("frames")
            assert not got.get("energy")
        return colour


@pytest.mark.rule(254, client="python")
@pytest.mark.rule(254, client="chromium")
async def test_those_with_the_key_hear_and_see_each_other_and_nobody_else(
    site: Site, single: bool
) -> None:
    async with open_tabs() as (bob, eve):
        _, green, _ = await only_those_with_the_key(site, single, bob, eve)
        assert green > 100


@pytest.mark.rule(254, client="firefox")
async def test_in_firefox_too_those_with_the_key_hear_and_see_each_other(
    everywhere: Site, single: bool, firefox: str
) -> None:
    async with (
        served_page() as url,
        opened_session(firefox) as bidi,
        new_tab(bidi) as bob,
        new_tab(bidi) as eve,
    ):
        for tab in (bob, eve):
            await tab.goto(url)
        await only_those_with_the_key(everywhere, single, bob, eve)


@pytest.mark.rule(317, client="chromium")
async def test_everybody_may_have_a_key_of_their_own(site: Site, single: bool) -> None:
    keys = {"ada": "a key of Ada", "bob": "a key of Bob"}
    async with open_tabs() as (ada, bob):
        await enter(ada, site.url, site.token("ada"), single, keys=keys)
        await enter(bob, site.url, site.token("bob"), single, keys={**keys, "ada": "outdated"})
        await more_received(ada, "bob")
        got = await ask(bob, "arrived", "ada", "video")
        assert not got["frames"]


@pytest.mark.parametrize("codec", ["vp8", "vp9", "h264"])
@pytest.mark.rule(318, client="chromium")
async def test_layers_of_an_encrypted_picture_are_switched(
    site: Site, single: bool, codec: str
) -> None:
    async with open_tabs() as (ada, bob):
        await enter(ada, site.url, site.token("ada"), single, videoCodec=codec, keys=SHARED)
        await enter(bob, site.url, site.token("bob"), single, videoCodec=codec, keys=SHARED)
        await more_received(bob, "ada")
        assert await ask(bob, "codec", "ada") == f"video/{codec}"
        for quality, narrowest, widest in ((2, 640, 640), (0, 1, 320), (2, 640, 640)):
            await ask(bob, "watch", "ada", quality, narrowest, widest)
            await more_received(bob, "ada")
