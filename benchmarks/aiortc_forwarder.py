"""A forwarder made of aiortc's building blocks and pylibsrtp, as a server under measurement.

One asyncio UDP port, STUN by aioice, DTLS by aiortc; per packet: unprotect, `RtpPacket.parse`, and
for each receiver serialise, protect, `sendto`. No history, no feedback, no counters, one room: it
does less.
"""

import asyncio
import itertools
import secrets
from dataclasses import dataclass, field

from aioice import stun
from aiortc.rtcdtlstransport import (  # noqa: TID251
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from aiortc.rtp import HeaderExtensions, RtpPacket, is_rtcp  # noqa: TID251

from benchmarks.signalling import serve, widen
from sfu import sdp
from sfu.transport import PROFILES
from tests.peer import extensions_map

Address = tuple[str, int]


class Link:
    """One peer's datagrams, in the shape of aiortc's ICE transport."""

    role = "controlled"
    state = "completed"

    def __init__(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport
        self.address: Address | None = None
        self.datagrams: asyncio.Queue[bytes] = asyncio.Queue()

    async def _recv(self) -> bytes:
        return await self.datagrams.get()

    async def _send(self, data: bytes) -> None:
        self.transport.sendto(data, self.address)


@dataclass
class Peer:
    ufrag: str
    pwd: str
    link: Link
    dtls: RTCDtlsTransport
    fingerprints: tuple[sdp.Fingerprint, ...] = ()
    task: asyncio.Task[None] | None = None
    receivers: list[tuple["Peer", int]] = field(default_factory=list)

    async def run(self) -> None:
        told = [RTCDtlsFingerprint(one.algorithm, one.value) for one in self.fingerprints]
        await self.dtls.start(RTCDtlsParameters(told))


class AiortcForwarder(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self._certificate = RTCCertificate.generateCertificate()
        self._peers: dict[int, Peer] = {}
        self._by_ufrag: dict[str, Peer] = {}
        self._by_address: dict[Address, Peer] = {}
        self._published: list[Peer] = []
        self._wanted: dict[int, list[Peer]] = {}
        self._numbers = itertools.count(1)
        self._forwarded = 0
        self._extensions = extensions_map()

    @classmethod
    async def open(cls) -> "AiortcForwarder":
        loop = asyncio.get_running_loop()
        _, server = await loop.create_datagram_endpoint(cls, local_addr=("127.0.0.1", 0))
        return server

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport
        self._port = transport.get_extra_info("sockname")[1]
        widen(transport.get_extra_info("socket"))

    def datagram_received(self, data: bytes, addr: Address) -> None:
        first = data[0]
        if first > 127:
            self._handle_media(data, addr)
        elif first < 4:
            self._handle_check(data, addr)
        elif addr in self._by_address:
            self._by_address[addr].link.datagrams.put_nowait(data)

    async def offer(self, peer: int, room: int, text: str) -> str:
        offer = sdp.parse(text)
        one = self._peer(peer)
        one.fingerprints = offer.fingerprints
        if any(section.sends for section in offer.sections):
            self._published.append(one)
        wanted = iter(self._wanted.get(peer, []))
        sending = {
            section.mid: self._carry(one, next(wanted))
            for section in offer.sections
            if section.receives
        }
        return sdp.answer(offer, self._local(one), sending, {})

    async def subscribe(self, peer: int, room: int) -> None:
        self._wanted[peer] = list(self._published)

    def counters(self) -> dict[str, int]:
        return {"packets_out": self._forwarded}

    async def close(self) -> None:
        for peer in self._peers.values():
            await peer.dtls.stop()
        self._transport.close()

    def _handle_media(self, data: bytes, addr: Address) -> None:
        source = self._by_address.get(addr)
        if source is None or source.dtls._rx_srtp is None or is_rtcp(data):
            return
        packet = RtpPacket.parse(source.dtls._rx_srtp.unprotect(data), self._extensions)
        for receiver, ssrc in source.receivers:
            if receiver.dtls._tx_srtp is not None:
                copy = RtpPacket(
                    packet.payload_type,
                    packet.marker,
                    packet.sequence_number,
                    packet.timestamp,
                    ssrc,
                    packet.payload,
                )
                copy.extensions = NO_EXTENSIONS
                protected = receiver.dtls._tx_srtp.protect(copy.serialize(self._extensions))
                self._transport.sendto(protected, receiver.link.address)
                self._forwarded += 1

    def _handle_check(self, data: bytes, addr: Address) -> None:
        request = stun.parse_message(data)
        peer = self._by_ufrag.get(request.attributes["USERNAME"].partition(":")[0])
        if peer is None or not request.check_message_integrity(peer.pwd.encode()):
            return
        response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, request.transaction_id)
        response.attributes["XOR-MAPPED-ADDRESS"] = addr
        response.add_message_integrity(peer.pwd.encode())
        self._transport.sendto(bytes(response), addr)
        self._by_address[addr] = peer
        peer.link.address = addr
        if peer.task is None:
            peer.task = asyncio.get_running_loop().create_task(peer.run())

    def _peer(self, number: int) -> Peer:
        if number not in self._peers:
            link = Link(self._transport)
            dtls = RTCDtlsTransport(link, [self._certificate])
            dtls._set_role("server")
            dtls._srtp_profiles = PROFILES
            peer = Peer(secrets.token_hex(4), secrets.token_hex(12), link, dtls)
            self._peers[number] = self._by_ufrag[peer.ufrag] = peer
        return self._peers[number]

    def _carry(self, receiver: Peer, source: Peer) -> sdp.Sent:
        own = next(self._numbers)
        source.receivers.append((receiver, own))
        return sdp.Sent("PA_x|TR_x", f"TR_{own}", own, 0, ("vp8", "90000", "0"))

    def _local(self, peer: Peer) -> sdp.Local:
        sha256 = next(f for f in self._certificate.getFingerprints() if f.algorithm == "sha-256")
        return sdp.Local(
            peer.ufrag,
            peer.pwd,
            sdp.Fingerprint(sha256.algorithm, sha256.value),
            (sdp.Candidate("127.0.0.1", self._port),),
            1,
            1,
        )


NO_EXTENSIONS = HeaderExtensions()
"""The mid is another one at each receiver, who knows the SSRC from our answer."""

if __name__ == "__main__":
    asyncio.run(serve(AiortcForwarder.open))
