"""Rooms with many in them: what a join costs the others, counted, and 49 cameras at once."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from sfu.sdp.parsing import MAX_LENGTH
from tests.firefox import PATIENCE
from tests.livekit.attendee import Attendee, kept_alive
from tests.livekit.site import Site
from tests.livekit.test_browser import enter, open_tab
from tests.peer import VP8
from tests.sfu.participants import Sender, vp8_film

pytestmark = [pytest.mark.slow, pytest.mark.one_database]

BUNCH = 0.150
"""Seconds in which a participant may be made to negotiate once (media.md)."""


def attendee(
    site: Site, identity: str, single: bool, *publishes: str, **claims: object
) -> Attendee:
    token = site.token(identity, **claims)
    return Attendee(site.http, site.url, token, single=single, publishes=publishes)


async def is_active(one: Attendee) -> None:
    """Wait until somebody is connected."""
    await one.until(lambda: one.active)


async def is_served(one: Attendee) -> None:
    """Wait until somebody is connected, and sent all that is published."""
    await one.until(lambda: one.active and one.served)


async def knows_of(one: Attendee, people: int) -> None:
    """Wait until so many are connected, for all that somebody knows."""
    await one.until(lambda: len(one.there) == people)


async def test_joins_make_nobody_negotiate_more_than_once_in_150_ms(
    site: Site, single: bool
) -> None:
    clock = asyncio.get_running_loop().time
    async with AsyncExitStack() as stack, attendee(site, "watcher", single) as watcher:
        await is_active(watcher)
        before, began = watcher.asked, clock()
        for number in range(12):
            newcomer = attendee(site, f"p{number}", single, "audio", "video")
            await stack.enter_async_context(newcomer)
            await is_served(newcomer)
        await watcher.until(lambda: len(watcher.tracks) == 24)
        assert watcher.asked - before <= 1 + (clock() - began) / BUNCH


async def test_a_join_tells_each_of_the_others_the_same_few_things(
    site: Site, single: bool
) -> None:
    told = []
    async with AsyncExitStack() as stack:
        people: list[Attendee] = []
        for number in range(9):
            newcomer = await stack.enter_async_context(attendee(site, f"p{number}", single))
            before = Counter(people[0].told) if people else Counter()
            people.append(newcomer)
            for one in people:
                await knows_of(one, len(people))
            await people[0].settle()
            told.append(people[0].told - before)
    # That somebody joined, and that it is active; then how its connection is.
    rest = ("update", "connection_quality")
    assert [[few[name] for name in rest] for few in told[2:]] == [[2, 1]] * 7


@asynccontextmanager
async def cameras(site: Site) -> AsyncIterator[None]:
    """Many publish a moving picture each until the end, and receive nothing."""
    async with AsyncExitStack() as stack:
        people: list[Attendee] = []
        await stack.enter_async_context(kept_alive(people))
        for number in range(CAMERAS):
            one = attendee(site, f"p{number}", True, "video", can_subscribe=False)
            people.append(await stack.enter_async_context(one))
            await is_active(one)
        senders = [Sender(one.sender, one.slots[0]) for one in people]
        task = asyncio.create_task(film(senders))
        yield
        task.cancel()
        await asyncio.wait({task})


async def film(senders: list[Sender]) -> None:
    """All of them send the same picture."""
    noise = random.Random(CAMERAS)  # noqa: S311 - always the same
    for frame in vp8_film(SIZE, noise, key_frames=5):
        for sender in senders:
            await sender.vp8(frame)
        await asyncio.sleep(0.2)


async def test_a_newcomer_is_sent_the_cameras_of_49(site: Site, single: bool) -> None:
    async with cameras(site), attendee(site, "late", single) as late:
        await late.until(lambda: late.active and len(late.tracks) == CAMERAS, PATIENCE)
        arrived: set[int] = set()
        while len(arrived) < CAMERAS:
            packet = await late.receiver.packet()
            arrived |= {packet.ssrc} if packet.payload_type == VP8 and packet.payload else set()


@pytest.mark.browser
async def test_a_browser_sees_the_cameras_of_49(site: Site, single: bool) -> None:
    async with cameras(site), open_tab() as page:
        await enter(page, site.url, site.token("late"), single)
        people = [f"p{number}" for number in range(CAMERAS)]
        async with asyncio.timeout(PATIENCE):
            await page.evaluate(
                "(people) => Promise.all(people.map((one) => receiveMore(one, 'video')))", people
            )
        connection = "publisher" if single else "subscriber"
        described = f"room.engine.pcManager.{connection}.getLocalDescription().sdp.length"
        assert await page.evaluate(described) < MAX_LENGTH


CAMERAS = 49
SIZE = 32
"""Of the pictures: one of noise is a packet."""
