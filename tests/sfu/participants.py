"""Participants of a real server: our test client on one side, its peer on the other."""

import asyncio
import itertools
import random
import secrets
import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import TypeVar

import av
from aiortc.codecs.vpx import Vp8Encoder  # noqa: TID251
from aiortc.rtp import RtpPacket, wrap_rtx  # noqa: TID251

from sfu import Answer, Peer, PeerEvent, Publication, Sfu, Subscription
from tests.peer import OPUS, PATIENCE, RED, RTX, VP8, Client, Slot

Event = TypeVar("Event", bound=PeerEvent)


class Participant:
    """A client and the server's peer of it; negotiation is a function call."""

    def __init__(self, sfu: Sfu, client: Client, room: str = "") -> None:
        self.client = client
        self.events: asyncio.Queue[PeerEvent] = asyncio.Queue()
        self.peer: Peer = sfu.add_peer(self.events.put_nowait, room)

    @classmethod
    async def open(cls, sfu: Sfu, *, by_tcp: bool = False, room: str = "") -> "Participant":
        return cls(sfu, await Client.open(by_tcp=by_tcp), room)

    async def negotiate(self, **prefer: str) -> Answer:
        """One offer and its answer; the first one connects."""
        answer = self.peer.answer(self.client.offer(), prefer)
        await self.client.accept(answer.sdp)
        return answer

    async def publish(
        self, kind: str, rids: tuple[str, ...] = (), mime: str = ""
    ) -> tuple["Sender", Publication]:
        """Publish a track: what sends it, and what the server made of it."""
        slot = self.client.publish(kind, f"{kind}-{len(self.client.slots)}", rids)
        (publication,) = (await self.negotiate(**{slot.cid: mime})).published
        return Sender(self.client, slot), publication

    async def subscribe(self, *publications: Publication) -> list[Subscription]:
        """Subscribe, and offer until every subscription has a section."""
        subscriptions = [
            self.peer.subscribe(one, stream=f"PA_{one.peer}|TR_{one.id}", track=f"TR_{one.id}")
            for one in publications
        ]
        while (needed := self.peer.sections_needed()) is not None:
            self.client.receive(needed.audios, needed.videos)
            await self.negotiate()
        return subscriptions

    async def event(self, kind: type[Event]) -> Event:
        """The next event of this type."""
        async with asyncio.timeout(PATIENCE):
            while not isinstance(event := await self.events.get(), kind):
                pass
            return event

    async def close(self) -> None:
        await self.client.close()
        await self.peer.close()


class Sender:
    """Numbers the packets of one track, or of one simulcast layer of it."""

    def __init__(self, client: Client, slot: Slot, rid: str | None = None) -> None:
        self.client = client
        self.slot = slot
        self.rid = rid
        self.ssrc = secrets.randbits(32)
        self.sequence = 65530  # so that every test crosses the wrap
        self.timestamp = 2**32 - 2000

    def layer(self, rid: str) -> "Sender":
        return Sender(self.client, self.slot, rid)

    async def opus(self, payload: bytes, level: int = 30) -> RtpPacket:
        """Send 20 ms of audio."""
        packet = self._packet(OPUS, payload, marker=0)
        packet.extensions.audio_level = (True, level)
        self.timestamp = (self.timestamp + 960) % 2**32
        await self.client.send(packet)
        return packet

    async def red(self, earlier: bytes, payload: bytes) -> RtpPacket:
        """Send 20 ms of audio and the 20 ms before it."""
        packet = self._packet(RED, redundant(earlier, payload), marker=0)
        self.timestamp = (self.timestamp + 960) % 2**32
        await self.client.send(packet)
        return packet

    async def repeat(self, packet: RtpPacket) -> None:
        """Send a packet again, by RTX."""
        repetition = wrap_rtx(packet, RTX, 1, self.ssrc ^ 1)
        repetition.extensions.rtp_stream_id = None
        repetition.extensions.repaired_rtp_stream_id = self.rid
        await self.client.send(repetition)

    async def vp8(self, payloads: list[bytes]) -> list[RtpPacket]:
        """Send one frame in packets."""
        return await self.video(VP8, payloads)

    async def video(self, payload_type: int, payloads: list[bytes]) -> list[RtpPacket]:
        packets = [
            self._packet(payload_type, payload, marker=int(payload is payloads[-1]))
            for payload in payloads
        ]
        for packet in packets:
            await self.client.send(packet)
        self.timestamp = (self.timestamp + 3000) % 2**32
        return packets

    def _packet(self, payload_type: int, payload: bytes, marker: int) -> RtpPacket:
        packet = RtpPacket(payload_type, marker, self.sequence, self.timestamp, self.ssrc, payload)
        packet.extensions.mid = self.slot.mid
        packet.extensions.rtp_stream_id = self.rid
        self.sequence = (self.sequence + 1) % 2**16
        return packet


def redundant(earlier: bytes, payload: bytes) -> bytes:
    """Opus of now with that of 20 ms before (RFC 2198)."""
    head = (0x80 | OPUS) << 24 | 960 << 10 | len(earlier)
    return head.to_bytes(4) + bytes([OPUS]) + earlier + payload


def vp8_frames(count: int, size: int = 64) -> list[list[bytes]]:
    """Real frames of a moving picture, in RTP payloads; the first is a key frame."""
    # Several packets a frame, always the same.
    return [*islice(vp8_film(size, random.Random(count)), count)]  # noqa: S311


def vp8_film(
    size: int, noise: random.Random, key_frames: int = sys.maxsize
) -> Iterator[list[bytes]]:
    """A moving picture without end, with a key frame every so many."""
    encoder = Vp8Encoder()
    for number in itertools.count():
        picture = av.VideoFrame(size, size, "yuv420p")
        for plane in picture.planes:
            plane.update(noise.randbytes(plane.buffer_size))
        picture.pts, picture.time_base = number * 3000, Fraction(1, 90000)
        yield encoder.encode(picture, force_keyframe=number % key_frames == 0)[0]
