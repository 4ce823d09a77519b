"""How well connections are said to be, in real time: grades come every five seconds."""

import asyncio

import pytest
from aiortc.rtp import RtpPacket  # noqa: TID251
from livekit.protocol import models
from livekit.protocol.rtc import ConnectionQualityInfo, SignalResponse

from tests.conformance.guest import Guest, present
from tests.conformance.test_features import film, speaking
from tests.conformance.test_tracks import rule
from tests.livekit.site import Site
from tests.peer import VP8

pytestmark = [pytest.mark.one_database, pytest.mark.long]


async def told(guest: Guest, sid: str) -> ConnectionQualityInfo:
    """The next grade of somebody that a participant is told."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            message = SignalResponse.FromString(await guest.signal.socket.receive_bytes())
            for one in message.connection_quality.updates:
                if one.participant_sid == sid:
                    return one


class Losses:
    """Loses every other RTP packet."""

    def __init__(self) -> None:
        self._seen = 0

    def __call__(self, data: bytes) -> bool:
        self._seen += 128 <= data[0] < 192
        return 128 <= data[0] < 192 and self._seen % 2 == 0


async def other_than(
    quality: models.ConnectionQuality, guest: Guest, sid: str
) -> ConnectionQualityInfo:
    """The next grade that is another: newcomers and new subscribers are told the present one."""
    while (one := await told(guest, sid)).quality == quality:
        pass
    return one


@rule(240)
async def test_losses_are_told_at_once_and_forgiven_slowly(site: Site) -> None:
    async with present(site, "ada") as ada, speaking(ada):
        await ada.signal.expect("speakers_changed")  # her sound arrives
        ada.client.loses_outgoing = Losses()
        worse = await other_than(models.EXCELLENT, ada, ada.sid)
        ada.client.loses_outgoing = lambda _: False
        assert worse.quality == models.POOR
        assert 1 <= worse.score < 2.5
        # Two fifths of the way back in the next five seconds.
        better = await told(ada, ada.sid)
        assert better.quality == models.GOOD
        assert worse.score < better.score < 4


async def simulcast(guest: Guest, rids: set[str], until: asyncio.Event) -> None:
    """Send key frames in the layers that `rids` has at the time, until told to stop."""
    mid = guest.client.slots[-1].mid
    number = 0
    while not until.is_set():
        for ssrc, rid in enumerate(("q", "h", "f"), start=80):
            if rid not in rids:
                continue
            packet = RtpPacket(payload_type=VP8, sequence_number=number, timestamp=1800 * number)
            packet.ssrc, packet.marker = ssrc, 1
            packet.payload = b"\x10\x10\x00\x00\x9d\x01\x2a\x40\x01\xb4\x00" + bytes(40)
            packet.extensions.mid, packet.extensions.rtp_stream_id = mid, rid
            await guest.client.send(packet)
        number += 1
        await asyncio.sleep(0.02)  # what a camera does


@rule(240)
async def test_a_layer_that_does_not_come_is_told(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        await film(ada)
        await bob.sections()
        rids, over = {"q", "h"}, asyncio.Event()
        sending = asyncio.create_task(simulcast(ada, rids, over))
        assert (await other_than(models.EXCELLENT, ada, ada.sid)).quality == models.GOOD
        rids.add("f")
        assert (await told(ada, ada.sid)).quality == models.EXCELLENT
        over.set()
        await sending


@rule(241, 313)
async def test_only_who_sends_nothing_at_all_is_lost(site: Site) -> None:
    async with (
        present(site, "ada") as ada,
        present(site, "bob") as bob,
        present(site, "old", protocol=10) as old,
        speaking(ada),
    ):
        await ada.signal.expect("speakers_changed")  # her sound arrives
        ada.client.loses_outgoing = lambda _: True
        for guest, quality in ((bob, models.LOST), (old, models.POOR)):
            assert (await other_than(models.EXCELLENT, guest, ada.sid)).quality == quality
        ada.client.loses_outgoing = lambda _: False


# Several times the five seconds between two grades.
_PATIENCE = 40.0
