"""Real pictures through the server while it switches layers: decoded, none may be missing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import av
import pytest
from aiortc.codecs.h264 import H264Encoder, h264_depayload  # noqa: TID251
from aiortc.codecs.vpx import Vp8Encoder, vp8_depayload  # noqa: TID251
from aiortc.rtp import RtpPacket  # noqa: TID251

from tests.peer import H264, VP8, VP9
from tests.sfu.conftest import Join
from tests.sfu.participants import Sender

LOW, HIGH = 64, 96
PICTURES = 60

Encode = Callable[[av.VideoFrame, bool], list[bytes]]


def picture(size: int, number: int) -> av.VideoFrame:
    """A grey picture whose brightness tells its number."""
    frame = av.VideoFrame(size, size, "yuv420p")
    for plane, value in zip(frame.planes, (20 + 3 * number, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    frame.pts, frame.time_base = number * 3000, Fraction(1, 90000)
    return frame


def number_of(frame: av.VideoFrame) -> int:
    pixels = bytes(frame.planes[0])[: frame.width]
    return round((sum(pixels) / len(pixels) - 20) / 3)


def vp8(_: int) -> Encode:
    encoder = Vp8Encoder()
    return lambda frame, key: encoder.encode(frame, force_keyframe=key)[0]


def h264(_: int) -> Encode:
    encoder = H264Encoder()
    return lambda frame, key: encoder.encode(frame, force_keyframe=key)[0]


def vp9(size: int) -> Encode:
    encoder = av.CodecContext.create("libvpx-vp9", "w")
    encoder.width = encoder.height = size
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 90000)
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    numbers = iter(range(size * 300, 2**15))  # picture ids of the two layers are far apart

    def encode(frame: av.VideoFrame, key: bool) -> list[bytes]:
        frame.pict_type = av.video.frame.PictureType.I if key else av.video.frame.PictureType.NONE
        (packet,) = encoder.encode(frame)
        data, identifier = bytes(packet), next(numbers) | 0x8000
        parts = [data[at : at + 200] for at in range(0, len(data), 200)]
        # RFC 9628 §4.2: I, P, B, E and the picture id.
        head = 0x80 | (not packet.is_keyframe) << 6
        payloads = []
        for part in parts:
            edges = (part is parts[0]) << 3 | (part is parts[-1]) << 2
            payloads.append(bytes([head | edges]) + identifier.to_bytes(2) + part)
        return payloads

    return encode


def pictures_of(packets: list[RtpPacket], depayload: Callable[[bytes], bytes]) -> Iterator[bytes]:
    """Cut at the markers, as a jitter buffer does."""
    data = b""
    for packet in packets:
        data += depayload(packet.payload)
        if packet.marker:
            yield data
            data = b""


@dataclass(frozen=True)
class Coding:
    """How pictures become payloads, and payloads pictures."""

    mime: str
    payload_type: int
    encoder: Callable[[int], Encode]
    decoder: str
    depayload: Callable[[bytes], bytes]


CODINGS = [
    Coding("video/vp8", VP8, vp8, "libvpx", vp8_depayload),
    Coding("video/h264", H264, h264, "h264", h264_depayload),
    Coding("video/vp9", VP9, vp9, "libvpx-vp9", lambda payload: payload[3:]),
]


@pytest.mark.parametrize("coding", CODINGS, ids=lambda coding: coding.mime)
async def test_a_decoder_sees_every_picture_through_switches(join: Join, coding: Coding) -> None:
    alice, bob = await join(), await join()
    slot = alice.client.publish("video", "camera", ("h", "q"))
    (publication,) = (await alice.negotiate(camera=coding.mime)).published
    camera = Sender(alice.client, slot)
    low, high = camera.layer("q"), camera.layer("h")
    (subscription,) = await bob.subscribe(publication)
    encode_low, encode_high = coding.encoder(LOW), coding.encoder(HIGH)
    packets: list[RtpPacket] = []
    for number in range(PICTURES):
        if number % 10 == 0:
            subscription.set_layer(number // 10 % 2)
        small = encode_low(picture(LOW, number), number % 6 == 0)
        large = encode_high(picture(HIGH, number), number % 6 == 3)
        await low.video(coding.payload_type, small)
        await high.video(coding.payload_type, large)
        # One of the two arrives: were all sent at once, wishes could overtake pictures.
        ends = {coding.depayload(small[-1]), coding.depayload(large[-1])}
        packets.append(await bob.client.packet())
        while coding.depayload(packets[-1].payload) not in ends:
            packets.append(await bob.client.packet())

    numbers = [packet.sequence_number - packets[0].sequence_number for packet in packets]
    assert [number % 2**16 for number in numbers] == list(range(len(packets)))
    context = av.CodecContext.create(coding.decoder, "r")
    encoded = list(pictures_of(packets, coding.depayload))
    shown = [frame for data in encoded for frame in context.decode(av.Packet(data))]
    shown += context.decode(None)
    assert len(shown) == len(encoded)
    seen = [number_of(frame) for frame in shown]
    assert seen[0] == 0
    assert seen[-1] == PICTURES - 1
    # Where it rises the picture of the switch comes from both layers; none is left out.
    assert {after - before for before, after in pairwise(seen)} <= {0, 1}
    sizes = [frame.width for frame in shown]
    assert sum(a != b for a, b in pairwise(sizes)) == 5
