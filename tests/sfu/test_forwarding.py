import asyncio
import secrets
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest
from aiortc.codecs.vpx import vp8_depayload  # noqa: TID251
from aiortc.rtp import (  # noqa: TID251
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpRtpfbPacket,
    RtpPacket,
    unwrap_rtx,
)
from OpenSSL import SSL

from sfu import AudioFrame, Connected, Publication, Sfu
from tests.peer import OPUS, RED, RTX, VP8, Client
from tests.sfu.conftest import Join
from tests.sfu.participants import Participant, Sender, redundant, vp8_frames

T = TypeVar("T")

FRAMES = vp8_frames(4)


def opus_frames(count: int) -> list[bytes]:
    return [b"\xf8" + secrets.token_bytes(79) for _ in range(count)]


async def received(participant: Participant, count: int) -> list[RtpPacket]:
    return [await participant.client.packet() for _ in range(count)]


def contiguous(packets: list[RtpPacket]) -> bool:
    first = packets[0].sequence_number
    return [packet.sequence_number for packet in packets] == [
        (first + offset) % 2**16 for offset in range(len(packets))
    ]


async def test_audio_arrives_bit_exact(join: Join) -> None:
    alice, bob = await join(), await join()
    microphone, publication = await alice.publish("audio")
    await bob.subscribe(publication)
    frames = opus_frames(20)
    sent = [await microphone.opus(frame) for frame in frames]
    packets = await received(bob, 20)

    assert [packet.payload for packet in packets] == frames
    assert contiguous(packets)
    steps = [(packet.timestamp - packets[0].timestamp) % 2**32 for packet in packets]
    assert steps == [(packet.timestamp - sent[0].timestamp) % 2**32 for packet in sent]


async def test_packets_carry_the_ssrc_and_mid_of_the_answer(join: Join) -> None:
    alice, bob = await join(), await join()
    microphone, publication = await alice.publish("audio")
    await bob.subscribe(publication)
    await microphone.opus(opus_frames(1)[0])
    (packet,) = await received(bob, 1)

    assert bob.client.remote is not None
    assert bob.client.remote.direction("0") == "sendonly"
    assert bob.client.remote.ssrcs("0") == [packet.ssrc]
    assert (packet.payload_type, packet.extensions.mid) == (OPUS, "0")
    assert packet.extensions.audio_level == (True, 30)


async def test_video_arrives_bit_exact(join: Join) -> None:
    alice, bob = await join(), await join()
    camera, publication = await alice.publish("video")
    await bob.subscribe(publication)
    sent = [packet for frame in FRAMES for packet in await camera.vp8(frame)]
    packets = await received(bob, len(sent))

    assert [vp8_depayload(packet.payload) for packet in packets] == [
        vp8_depayload(packet.payload) for packet in sent
    ]
    assert [packet.marker for packet in packets] == [packet.marker for packet in sent]
    assert contiguous(packets)
    assert {packet.payload_type for packet in packets} == {VP8}


async def test_a_new_subscriber_makes_the_server_ask_for_a_key_frame(join: Join) -> None:
    alice, bob = await join(), await join()
    camera, publication = await alice.publish("video")
    await camera.vp8(FRAMES[0])
    await bob.subscribe(publication)
    request = await alice.client.report_of(RtcpPsfbPacket)

    assert isinstance(request, RtcpPsfbPacket)
    assert (request.fmt, request.media_ssrc) == (RTCP_PSFB_PLI, camera.ssrc)


async def test_everybody_gets_what_everybody_says(join: Join) -> None:
    people = [await join() for _ in range(3)]
    published = [await person.publish("audio") for person in people]
    for person in people:
        await person.subscribe(*(one for _, one in published if one.peer != person.peer.id))
    words = opus_frames(3)
    for (microphone, _), word in zip(published, words, strict=True):
        await microphone.opus(word)

    for index, person in enumerate(people):
        heard = {packet.payload for packet in await received(person, 2)}
        assert heard == set(words) - {words[index]}


async def test_a_lost_packet_is_sent_again_on_demand(join: Join) -> None:
    alice, bob = await join(), await join()
    camera, publication = await alice.publish("video")
    await bob.subscribe(publication)
    arriving = iter(range(1000))
    bob.client.loses_incoming = lambda data: is_rtp(data) and next(arriving) == 1
    sent = [packet for frame in FRAMES for packet in await camera.vp8(frame)]
    packets = await received(bob, len(sent) - 1)
    missing = (packets[0].sequence_number + 1) % 2**16
    assert packets[1].sequence_number == (missing + 1) % 2**16

    await bob.client.report(
        RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=packets[0].ssrc, lost=[missing])
    )
    (repair,) = await received(bob, 1)
    assert bob.client.remote is not None
    assert [packets[0].ssrc, repair.ssrc] == bob.client.remote.ssrcs("0")
    assert repair.payload_type == RTX
    original = unwrap_rtx(repair, VP8, packets[0].ssrc)
    assert original.sequence_number == missing
    assert vp8_depayload(original.payload) == vp8_depayload(sent[1].payload)


@pytest.mark.parametrize("rids", [(), ("q", "h")])
async def test_a_packet_lost_on_its_way_to_us_is_asked_for_and_repaired(
    join: Join, rids: tuple[str, ...]
) -> None:
    alice, bob = await join(), await join()
    camera, publication = await alice.publish("video", rids)
    if rids:
        camera = camera.layer("q")
    await bob.subscribe(publication)
    leaving = iter(range(1000))
    alice.client.loses_outgoing = lambda data: is_rtp(data) and next(leaving) == 1
    sent = [packet for frame in FRAMES for packet in await camera.vp8(frame)]
    request = await alice.client.report_of(RtcpRtpfbPacket)
    assert (request.fmt, request.media_ssrc) == (RTCP_RTPFB_NACK, camera.ssrc)
    assert request.lost == [sent[1].sequence_number]
    alice.client.loses_outgoing = lambda _: False
    await camera.repeat(sent[1])

    packets = await received(bob, len(sent))
    in_order = sorted(packets, key=lambda packet: (packet.sequence_number - 1) % 2**16)
    payloads = [vp8_depayload(packet.payload) for packet in in_order]
    assert payloads == [vp8_depayload(packet.payload) for packet in sent]


@pytest.mark.rule(315, client="raw")
async def test_redundant_audio_is_for_those_who_offer_it(join: Join) -> None:
    alice, bob, carol = await join(), await join(), await join()
    alice.client.redundancy = carol.client.redundancy = True
    microphone, publication = await alice.publish("audio", mime="audio/red")
    await bob.subscribe(publication)
    await carol.subscribe(publication)
    first, second, third, fourth = opus_frames(4)
    await microphone.opus(first)
    await microphone.red(first, second)
    alice.client.loses_outgoing = is_rtp
    await microphone.red(second, third)
    alice.client.loses_outgoing = lambda _: False
    await microphone.red(third, fourth)

    plain = await received(bob, 4)
    assert [packet.payload for packet in plain] == [first, second, third, fourth]
    assert {packet.payload_type for packet in plain} == {OPUS}
    packets = await received(carol, 4)
    assert [packet.payload_type for packet in packets] == [OPUS, RED, RED, RED]
    assert packets[3].payload == redundant(third, fourth)
    assert contiguous(plain)
    assert contiguous(packets)


@pytest.mark.rule(315, client="raw")
async def test_encrypted_audio_is_sent_to_everybody_as_it_is(join: Join) -> None:
    alice, bob = await join(), await join()
    alice.client.redundancy = bob.client.redundancy = True
    microphone, publication = await alice.publish("audio", mime="audio/opus")
    await bob.subscribe(publication)
    frames = opus_frames(3)
    for frame in frames:
        await microphone.opus(frame)

    assert [packet.payload for packet in await received(bob, 3)] == frames


async def test_a_paused_subscription_is_silent_until_it_is_resumed(join: Join) -> None:
    alice, bob, carol = await join(), await join(), await join()
    microphone, publication = await alice.publish("audio")
    (paused,) = await bob.subscribe(publication)
    await carol.subscribe(publication)
    first, second = opus_frames(2)
    paused.pause()
    await microphone.opus(first)
    await received(carol, 1)  # when carol has it, bob's turn has passed
    paused.resume()
    await microphone.opus(second)

    assert [packet.payload for packet in await received(bob, 1)] == [second]


async def test_an_unsubscribed_track_stops_and_its_section_is_inactive(join: Join) -> None:
    alice, bob, carol = await join(), await join(), await join()
    microphone, publication = await alice.publish("audio")
    (subscription,) = await bob.subscribe(publication)
    await carol.subscribe(publication)
    bob.peer.unsubscribe(subscription)
    await microphone.opus(opus_frames(1)[0])
    await received(carol, 1)
    answer = await bob.negotiate()

    assert bob.client.packets.empty()
    assert answer.tracks == {}
    assert bob.client.remote is not None
    assert bob.client.remote.direction("0") == "inactive"


async def test_a_section_is_used_again_for_another_track(join: Join) -> None:
    alice, bob = await join(), await join()
    _, first = await alice.publish("audio")
    microphone, second = await alice.publish("audio")
    (subscription,) = await bob.subscribe(first)
    bob.peer.unsubscribe(subscription)
    await bob.subscribe(second)
    word = opus_frames(1)[0]
    await microphone.opus(word)

    assert len(bob.client.slots) == 1
    assert [packet.payload for packet in await received(bob, 1)] == [word]


async def test_a_layer_is_chosen_among_simulcast(join: Join) -> None:
    alice, bob = await join(), await join()
    camera, publication = await alice.publish("video", rids=("q", "h"))
    low, high = camera.layer("q"), camera.layer("h")
    (subscription,) = await bob.subscribe(publication)
    subscription.set_layer(0)
    sent: list[RtpPacket] = []
    for small, large in zip(FRAMES, vp8_frames(len(FRAMES), size=96), strict=True):
        sent += await low.vp8(small)
        await high.vp8(large)
    packets = await received(bob, len(sent))

    assert publication.rids == ("q", "h")
    assert contiguous(packets)
    assert [vp8_depayload(packet.payload) for packet in packets] == [
        vp8_depayload(packet.payload) for packet in sent
    ]


async def test_a_higher_layer_begins_with_its_key_frame(join: Join) -> None:
    alice, bob = await join(), await join()
    camera, publication = await alice.publish("video", rids=("q", "h"))
    low, high = camera.layer("q"), camera.layer("h")
    (subscription,) = await bob.subscribe(publication)
    subscription.set_layer(0)
    large = vp8_frames(3, size=96)
    before = await low.vp8(FRAMES[0])
    await high.vp8(large[0])
    await received(bob, len(before))
    subscription.set_layer(1)
    before = await low.vp8(FRAMES[1])
    await high.vp8(large[1])  # no key frame: not yet
    after = await high.vp8(large[0]) + await high.vp8(large[1])
    packets = await received(bob, len(before) + len(after))

    assert contiguous(packets)
    assert [vp8_depayload(packet.payload) for packet in packets] == [
        vp8_depayload(packet.payload) for packet in before + after
    ]


async def test_layers_are_told_by_ssrcs_where_there_is_no_rid(join: Join) -> None:
    alice, bob = await join(), await join()
    slot = alice.client.publish("video", "camera")
    slot.simulcast_ssrcs = (601, 602)
    (publication,) = (await alice.negotiate()).published
    low, high = Sender(alice.client, slot), Sender(alice.client, slot)
    low.ssrc, high.ssrc = slot.simulcast_ssrcs
    (subscription,) = await bob.subscribe(publication)
    subscription.set_layer(0)
    before = await low.vp8(FRAMES[0])
    await received(bob, len(before))
    large = vp8_frames(2, size=96)
    subscription.set_layer(1)
    after = await high.vp8(large[0]) + await high.vp8(large[1])
    packets = await received(bob, len(after))

    assert publication.rids == ("q", "h")
    assert [vp8_depayload(packet.payload) for packet in packets] == [
        vp8_depayload(packet.payload) for packet in after
    ]


async def test_the_tap_yields_frames_in_order(join: Join) -> None:
    alice = await join()
    microphone, publication = await alice.publish("audio")
    tapped: asyncio.Queue[AudioFrame] = asyncio.Queue()
    publication.tap(tapped.put_nowait)
    words = opus_frames(12)
    for word in words:
        await microphone.opus(word, level=17)
    async with asyncio.timeout(5):
        frames = [await tapped.get() for _ in words]

    assert [frame.payload for frame in frames] == words
    assert [frame.sequence - frames[0].sequence for frame in frames] == list(range(12))
    assert [frame.timestamp - frames[0].timestamp for frame in frames] == [
        960 * number for number in range(12)
    ]
    assert {frame.level for frame in frames} == {17}
    assert {frame.publication for frame in frames} == {publication.id}


async def test_an_untapped_publication_is_silent(join: Join) -> None:
    alice, bob = await join(), await join()
    microphone, publication = await alice.publish("audio")
    await bob.subscribe(publication)
    tapped: list[AudioFrame] = []
    publication.tap(tapped.append)
    publication.untap()
    await microphone.opus(opus_frames(1)[0])
    await received(bob, 1)

    assert tapped == []


async def test_who_speaks_is_told(sfu: Sfu, join: Join) -> None:
    alice = await join()
    microphone, publication = await alice.publish("audio")
    told: asyncio.Queue[tuple[tuple[Publication, float], ...]] = asyncio.Queue()
    sfu.on_speakers(told.put_nowait)

    async def speak() -> None:
        while True:
            await microphone.opus(opus_frames(1)[0], level=10)
            await asyncio.sleep(0.02)  # real time: the window is 400 ms of media

    speech = asyncio.create_task(speak())
    async with asyncio.timeout(10):
        levels = await told.get()
    speech.cancel()
    with pytest.raises(asyncio.CancelledError):
        await speech

    ((who, level),) = levels
    assert who is publication
    assert 0 < level <= 1


# What outsiders send


def is_rtp(data: bytes) -> bool:
    return 128 <= data[0] < 192 and not 192 <= data[1] <= 223


def client_hello() -> bytes:
    context = SSL.Context(SSL.DTLS_METHOD)
    connection = SSL.Connection(context)
    connection.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        connection.do_handshake()
    return connection.bio_read(2000)


PLAIN_RTP = RtpPacket(OPUS, 0, 1, 960, 4711, b"\xf8plain").serialize()
STRAYS: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "one byte": lambda: b"\x80",
    "ClientHello": client_hello,
    "DTLS alert": lambda: bytes.fromhex("15fefd00000000000000000002022f"),
    "plain RTP": lambda: PLAIN_RTP,
    "RTCP BYE": lambda: bytes.fromhex("80cb0001") + bytes(4),
    "STUN of nobody": lambda: bytes.fromhex("000100002112a442") + bytes(12),
    "noise": lambda: secrets.token_bytes(1200),
}


def throw(port: int, data: bytes, times: int = 20) -> None:
    """From a socket that no check ever validated."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outsider:
        for _ in range(times):
            outsider.sendto(data, ("127.0.0.1", port))


@pytest.mark.parametrize("stray", STRAYS)
async def test_strays_before_the_handshake_change_nothing(sfu: Sfu, join: Join, stray: str) -> None:
    throw(sfu.port, STRAYS[stray]())
    alice = await join()
    alice.client.publish("audio", "microphone")
    answer = alice.peer.answer(alice.client.offer())
    throw(sfu.port, STRAYS[stray]())
    await alice.client.accept(answer.sdp)

    await alice.event(Connected)


@pytest.mark.parametrize("stray", STRAYS)
async def test_strays_in_a_call_change_nothing(sfu: Sfu, join: Join, stray: str) -> None:
    alice, bob = await join(), await join()
    microphone, publication = await alice.publish("audio")
    await bob.subscribe(publication)
    word = opus_frames(1)[0]
    throw(sfu.port, STRAYS[stray]())
    await microphone.opus(word)

    assert [packet.payload for packet in await received(bob, 1)] == [word]
    assert bob.client.packets.empty()


async def test_plain_rtp_of_a_client_itself_is_dropped(join: Join) -> None:
    alice, bob = await join(), await join()
    microphone, publication = await alice.publish("audio")
    await bob.subscribe(publication)
    packet = await microphone.opus(opus_frames(1)[0])
    await received(bob, 1)
    packet.sequence_number += 1
    alice.client.link.transmit(packet.serialize(alice.client.extensions))
    word = opus_frames(1)[0]
    await microphone.opus(word)

    assert [packet.payload for packet in await received(bob, 1)] == [word]


class Elsewhere:
    """An event loop in a thread of its own, which can be blocked."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    async def call(self, function: Callable[..., T], *arguments: object, **named: object) -> T:
        async def work() -> T:
            return function(*arguments, **named)

        return await self.run(work())

    def block(self) -> threading.Event:
        """Block the loop until the event that is returned is set."""
        blocked, release = threading.Event(), threading.Event()
        self.loop.call_soon_threadsafe(blocked.set)
        self.loop.call_soon_threadsafe(release.wait)
        blocked.wait()
        return release

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


async def test_forwarding_goes_on_while_the_loop_is_blocked() -> None:
    there = Elsewhere()
    sfu = await there.run(Sfu.open(host="127.0.0.1", port=0, threads=2))
    rooms = []
    for room in ("council", "school"):
        alice, bob = await Client.open(), await Client.open()
        slot = alice.publish("audio", "microphone")
        bob.receive(audios=1)
        peers = [await there.call(sfu.add_peer, lambda event: None, room) for _ in range(2)]
        answer = await there.call(peers[0].answer, alice.offer())
        await alice.accept(answer.sdp)
        await there.call(peers[1].subscribe, answer.published[0], stream="PA_a|TR_a", track="TR_a")
        await bob.accept((await there.call(peers[1].answer, bob.offer())).sdp)
        rooms.append((alice, bob, Sender(alice, slot)))

    words = opus_frames(50)
    release = there.block()
    for word in words:
        for _, _, microphone in rooms:
            await microphone.opus(word)
    heard = [[(await bob.packet()).payload for _ in words] for _, bob, _ in rooms]
    release.set()

    assert heard == [words, words]
    for alice, bob, _ in rooms:
        await alice.close()
        await bob.close()
    await there.run(sfu.close())
    there.stop()
