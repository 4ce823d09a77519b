"""A receiver's bandwidth reaches its subscriptions."""

import pytest
from aiortc.codecs.vpx import vp8_depayload  # noqa: TID251
from aiortc.rtp import RtpPacket  # noqa: TID251

from sfu import Publication, StreamPaused, StreamResumed, Subscription
from sfu.downlink import UNLIMITED
from sfu.events import BandwidthChanged
from tests.sfu.conftest import Join
from tests.sfu.participants import Participant, Sender, vp8_frames

SMALL, LARGE = vp8_frames(4), vp8_frames(4, size=96)


class Call:
    """A camera in two layers, both flowing, and who subscribes to it."""

    def __init__(
        self, bob: Participant, layers: tuple[Sender, Sender], subscription: Subscription
    ) -> None:
        self.bob = bob
        self.low, self.high = layers
        self.subscription = subscription

    @classmethod
    async def begin(cls, join: Join) -> "Call":
        alice, bob = await join(), await join()
        camera, publication = await alice.publish("video", rids=("q", "h"))
        (subscription,) = await bob.subscribe(publication)
        call = cls(bob, (camera.layer("q"), camera.layer("h")), subscription)
        subscription.set_layer(0)
        await call.receive(await call.low.vp8(SMALL[0]))
        await call.high.vp8(LARGE[0])
        await call.receive(await call.low.vp8(SMALL[1]))
        subscription.set_layer(1)
        await call.receive(await call.high.vp8(LARGE[0]))
        await _both_active(publication, call)
        return call

    def limit(self, estimate: int, reserved: int = 0) -> None:
        # The core measures each second what these few packets take.
        self.subscription.publication.handle_rates(((100_000,) * 3, (400_000,) * 3))
        self.bob.peer.handle_bandwidth(BandwidthChanged(self.bob.peer.id, estimate, reserved))

    async def receive(self, sent: list[RtpPacket]) -> None:
        """Everything sent, and nothing else, arrives."""
        packets = [await self.bob.client.packet() for _ in sent]
        assert [vp8_depayload(packet.payload) for packet in packets] == [
            vp8_depayload(packet.payload) for packet in sent
        ]


async def _both_active(publication: Publication, call: Call) -> None:
    while publication.active != {"q", "h"}:
        await call.receive(await call.high.vp8(LARGE[1]))


async def test_the_layer_that_fits_is_sent(join: Join) -> None:
    call = await Call.begin(join)
    call.limit(300_000)
    await call.receive(await call.low.vp8(SMALL[0]))
    await call.high.vp8(LARGE[0])
    call.limit(900_000)
    await call.receive(await call.low.vp8(SMALL[1]) + await call.high.vp8(LARGE[0]))


async def test_what_audio_takes_does_not_count(join: Join) -> None:
    call = await Call.begin(join)
    call.limit(900_000, reserved=600_000)
    await call.receive(await call.low.vp8(SMALL[0]))


@pytest.mark.rule(242, client="raw")
async def test_what_does_not_fit_at_all_is_paused_and_told(join: Join) -> None:
    call = await Call.begin(join)
    call.bob.peer.keep(0)
    call.limit(50_000)
    assert (await call.bob.event(StreamPaused)).subscription is call.subscription
    await call.low.vp8(SMALL[0])
    await call.high.vp8(LARGE[0])
    call.limit(UNLIMITED)
    assert (await call.bob.event(StreamResumed)).subscription is call.subscription
    await call.receive(await call.high.vp8(LARGE[0]))
    assert not call.subscription.starved


@pytest.mark.rule(154, client="raw")
async def test_no_more_is_sent_than_the_client_allows(join: Join) -> None:
    call = await Call.begin(join)
    call.bob.peer.limit_bandwidth(300_000)
    await call.receive(await call.low.vp8(SMALL[0]))
    call.limit(900_000)  # more would fit
    await call.high.vp8(LARGE[0])
    await call.receive(await call.low.vp8(SMALL[1]))
    call.bob.peer.limit_bandwidth(0)
    await call.receive(await call.low.vp8(SMALL[0]) + await call.high.vp8(LARGE[0]))


@pytest.mark.rule(319, client="raw")
async def test_the_last_picture_is_kept_unless_the_client_says_otherwise(join: Join) -> None:
    call = await Call.begin(join)
    call.limit(50_000)
    await call.receive(await call.low.vp8(SMALL[0]))
    assert not call.subscription.starved


async def test_who_wants_less_leaves_room_for_others(join: Join) -> None:
    alice, bob = await join(), await join()
    cameras = [await alice.publish("video") for _ in range(2)]
    first, second = await bob.subscribe(*(publication for _, publication in cameras))
    for camera, publication in cameras:
        for packet in await camera.vp8(SMALL[0]):
            assert await bob.client.packet() is not packet
        publication.handle_rates(((100_000,) * 3,))
    while not all(publication.active for _, publication in cameras):
        for packet in await cameras[0][0].vp8(SMALL[1]):
            assert await bob.client.packet() is not packet
    second.set_layer(0, 2, priority=9)
    bob.peer.handle_bandwidth(BandwidthChanged(bob.peer.id, 150_000, 0))
    assert (await bob.event(StreamPaused)).subscription is first
    second.pause()
    assert (await bob.event(StreamResumed)).subscription is first


async def test_layers_inside_the_only_stream_are_shared_out_too(join: Join) -> None:
    alice, bob = await join(), await join()
    camera, publication = await alice.publish("video")
    (subscription,) = await bob.subscribe(publication)
    while not publication.active:
        await camera.vp8(SMALL[0])
        await bob.client.packet()
    publication.handle_rates(((100_000,) * 3, (400_000,) * 3, (900_000,) * 3))
    for estimate, held in ((450_000, 400_000), (120_000, 100_000), (2_000_000, 900_000)):
        bob.peer.handle_bandwidth(BandwidthChanged(bob.peer.id, estimate, 0))
        claim = subscription.claim()
        assert claim
        assert claim.held == held
