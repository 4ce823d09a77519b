"""What clients cannot do to the server by data channels: reliability.md 0.5, T12."""

import asyncio
import re
import sys
from pathlib import Path

import pytest
from livekit.protocol import models

from tests.livekit.person import present
from tests.livekit.site import Site
from visio.livekit.data import LOSSY

pytestmark = [pytest.mark.slow, pytest.mark.one_database]

MEGABYTE = 1_000_000


def memory(name: str) -> int:
    """Bytes of this process: VmRSS, or its highest since it was reset, VmHWM."""
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.M)
    assert found is not None
    return int(found[1]) * 1024


def forget_peak() -> None:
    """VmHWM starts anew."""
    Path("/proc/self/clear_refs").write_text("5")


async def attacked(site: Site, crime: str, times: int) -> None:
    tokens = [site.token(f"{crime}{number}") for number in range(times)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.livekit.attacker", site.url, crime, *tokens
    )
    assert await process.wait() == 0


@pytest.mark.long
@pytest.mark.parametrize("crime", ["long_labels", "many_channels", "long_message"])
async def test_misuse_costs_its_author_the_connection_and_us_no_memory(
    site: Site, crime: str
) -> None:
    await attacked(site, "nothing", 3)  # what every join costs is not the question
    forget_peak()
    before = memory("VmRSS")
    await attacked(site, crime, 5)
    assert memory("VmHWM") - before < 10 * MEGABYTE


async def test_sender_that_is_too_fast_is_slowed_down_not_cut_off(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        loop = asyncio.get_running_loop()
        begun, size, count = loop.time(), 60_000, 60
        for number in range(1, count + 1):
            ada.send(user={"payload": bytes(size)}, sequence=number)
        for number in range(1, count + 1):
            assert await bob.heard() == (ada.signal.sid, number)
        # A burst of 2 MB is free, the rest comes at 1 MB/s.
        assert loop.time() - begun > (count * size - 2 * MEGABYTE) / MEGABYTE


async def test_lossy_packets_for_a_slow_reader_are_dropped_not_kept(site: Site) -> None:
    async with (
        present(site, "ada") as ada,
        present(site, "bob") as bob,
        present(site, "eve") as eve,
    ):
        await bob.client.channel(LOSSY, ordered=False, maxRetransmits=0)
        lossy = await ada.client.channel(LOSSY, ordered=False, maxRetransmits=0)
        bob.client.loses_incoming = lambda _: True
        packet = models.DataPacket(user=models.UserPacket(payload=bytes(60_000)))
        for number in range(1, 21):
            lossy.send(packet.SerializeToString())
            ada.say(number)
        for number in range(1, 21):
            assert (await eve.heard())[1] == number
        bob.client.loses_incoming = lambda _: False
        reliable, dropped = [], 20
        while len(reliable) < 20:
            packet = await bob.packet()
            if packet.kind == models.DataPacket.LOSSY:
                dropped -= 1
            else:
                reliable.append(packet.sequence)
        assert reliable == list(range(1, 21))
        assert dropped >= 17
