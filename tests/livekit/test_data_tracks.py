"""Data tracks between both unmodified SDKs."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from livekit import rtc
from livekit.rtc.data_track import DataTrackFrame, RemoteDataTrack
from livekit.rtc.participant import PublishDataTrackError
from playwright.async_api import Page

from tests.livekit.caller import Caller, called
from tests.livekit.signal import PATIENCE
from tests.livekit.site import Site, laid_cable
from tests.livekit.test_browser import enter, open_tab

pytestmark = [pytest.mark.slow, pytest.mark.one_database]

LONG = bytes(range(256)) * 200
"""A frame that needs several packets."""


async def sent_until(track: rtc.LocalDataTrack, payload: bytes, done: asyncio.Task[None]) -> None:
    """Send a frame again and again: they are lossy, and nobody may be subscribed yet."""
    async with asyncio.timeout(PATIENCE):
        while not done.done():
            track.try_push(DataTrackFrame(payload, user_timestamp=1234))
            await asyncio.wait([done], timeout=0.05)
    await done


async def next_frame(track: RemoteDataTrack) -> DataTrackFrame:
    stream = track.subscribe()
    frame = await stream.read()
    assert frame is not None
    await stream.aclose()
    return frame


async def published(listener: Caller) -> RemoteDataTrack:
    (track,) = await listener.event("data_track_published")
    assert isinstance(track, RemoteDataTrack)
    return track


async def passes(sender: rtc.LocalDataTrack, receiver: RemoteDataTrack, payload: bytes) -> None:
    """Wait until a frame with its timestamp has gone through."""

    async def receive() -> None:
        frame = await next_frame(receiver)
        assert (frame.payload, frame.user_timestamp) == (payload, 1234)

    await sent_until(sender, payload, asyncio.create_task(receive()))


@pytest.mark.rule(223, 224, 225, 226, client="python")
async def test_frames_pass_and_the_track_ends(site: Site, single: bool) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):
        track = await ada.me.publish_data_track(name="lidar")
        remote = await published(bob)
        assert (remote.info.name, remote.publisher_identity) == ("lidar", "ada")
        assert remote.info.sid.startswith("DTR_")
        for payload in (b"short", LONG):
            await passes(track, remote, payload)
        await track.unpublish()
        (sid,) = await bob.event("data_track_unpublished")
        assert sid == remote.info.sid


async def test_who_comes_later_finds_the_track(site: Site, single: bool) -> None:
    async with called(site.url, site.token("ada")) as (ada,):
        track = await ada.me.publish_data_track(name="lidar")
        async with called(site.url, site.token("bob")) as (bob,):
            await passes(track, await published(bob), b"frame")


@pytest.mark.rule(223, client="python")
async def test_refusals_are_told(site: Site) -> None:
    async with called(site.url, site.token("ada", can_publish_data=False)) as (ada,):
        with pytest.raises(PublishDataTrackError, match="unauthorized"):
            await ada.me.publish_data_track(name="lidar")


async def test_frames_pass_after_a_resume(site: Site, single: bool) -> None:
    async with laid_cable(site.address) as cable, AsyncExitStack() as stack:
        (ada,) = await stack.enter_async_context(called(cable.url, site.token("ada")))
        (bob,) = await stack.enter_async_context(called(cable.url, site.token("bob")))
        track = await ada.me.publish_data_track(name="lidar")
        remote = await published(bob)
        await passes(track, remote, b"before")
        cable.cut()
        for caller in (ada, bob):
            await caller.event("reconnected")
        await passes(track, remote, b"after")


@pytest.mark.browser
async def test_browser_and_python_exchange_frames(site: Site, single: bool) -> None:
    async with called(site.url, site.token("ada")) as (ada,), open_tab() as page:
        await enter(page, site.url, site.token("bob"), single)
        track = await ada.me.publish_data_track(name="up")
        first = asyncio.create_task(first_frame(page, "up"))
        await sent_until(track, LONG, first)
        await page.evaluate("publishFrames('down', 'from the browser')")
        frame = await next_frame(await published(ada))
        assert frame.payload == b"from the browser"


async def first_frame(page: Page, name: str) -> None:
    """The browser subscribes to a track, and reads one frame of it."""
    told = await page.evaluate("(name) => firstFrame(name)", name)
    assert told == [len(LONG), sum(LONG), 1234]
