"""Whatever clients do, in whatever order, the room stays what it says it is."""

import asyncio
import os
import random
import time
from contextlib import suppress

import pytest
from livekit.protocol import models

from tests.livekit.bot import Bot, Roster
from tests.livekit.signal import PATIENCE
from tests.livekit.site import Site, running_site
from visio.hub import LiveRoom, steady_clock
from visio.store.database import Database

pytestmark = [pytest.mark.slow, pytest.mark.one_database]

ROOM = "bots-only"


@pytest.mark.parametrize(
    ("seed", "seconds"),
    [(1, 8), *(pytest.param(seed, 60, marks=pytest.mark.long) for seed in (2, 3, 4))],
)
async def test_five_bots_do_as_they_please(database: Database, seed: int, seconds: float) -> None:
    tasks, files = asyncio.all_tasks(), open_files()
    await play(database, seed, seconds)
    assert asyncio.all_tasks() == tasks
    assert open_files() <= files


async def play(database: Database, seed: int, seconds: float) -> None:
    """A server, and five bots for so long."""
    choose = random.Random(seed)  # noqa: S311 - nothing to hide
    async with running_site(database) as site:
        bots = [Bot(site, name, choose) for name in ("ada", "bob", "eve", "kim", "liv")]
        end, rounds = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            await asyncio.gather(*(bot.act() for bot in bots if choose.random() < 0.6))
            if choose.random() < 0.05:
                kick(site, choose.choice(bots).identity)
            await check(site, bots)
            rounds += 1
        for bot in bots:
            await bot.end()
        await check(site, bots)
        assert rounds > 3
        await site.hub.close()
        assert not any(thread.peers or thread.rooms for thread in site.media.threads())


def kick(site: Site, identity: str) -> None:
    """Send somebody away, if they are there."""
    if found := site.hub.find(ROOM, identity):
        live, participant = found
        reason = models.PARTICIPANT_REMOVED
        live.perform(live.room.dismiss(participant.sid, reason, steady_clock()))


async def check(site: Site, bots: list[Bot]) -> None:
    """Nothing belongs to nobody, and everybody comes to know the same of everybody."""
    async with asyncio.timeout(PATIENCE):
        while True:
            for bot in bots:
                await bot.settle()
            roster = checked(site.hub.opened(ROOM))
            inside = [bot for bot in bots if bot.inside]
            # A socket that has just ended may not have been noticed when the last answer came.
            if all(bot.roster == roster for bot in inside):
                break
    assert {bot.sid for bot in inside} <= roster.keys()


def checked(live: LiveRoom | None) -> Roster:
    """Who is there and publishes what, as the server sees it; at any time without contradiction."""
    if live is None:
        return {}
    people = live.room.participants
    published = [track for person in people.values() for track in person.tracks.values()]
    assert all(people[track.owner.sid] is track.owner for track in published)
    assert all(track.subscribers.keys() <= people.keys() for track in published)
    wanted = {(sid, track.sid) for track in published for sid in track.subscribers}
    assert live._subscriptions.keys() == wanted
    assert {sid for sid, _ in live._publications.values()} <= people.keys()
    assert live.clients.keys() == people.keys()
    return {sid: frozenset(person.tracks) for sid, person in people.items()}


def open_files() -> set[str]:
    """What each file descriptor is of, but for two of the media thread.

    These it closes when nobody holds it any more; for some seconds a timer of aiohttp does, which
    waits for the pong of the last socket.
    """
    found = set()
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # that of the list itself
            found.add(f"{number}: {os.readlink(f'/proc/self/fd/{number}')}")
    return {one for one in found if "eventfd" not in one}
