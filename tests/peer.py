"""A client's side of one PeerConnection over a real socket: ICE, DTLS, SRTP and data channels.

It offers like a browser and speaks to any ICE-lite server, by UDP or by ICE-TCP; media are whole
RTP packets.
"""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from aioice import stun
from aiortc.rtcdatachannel import RTCDataChannel, RTCDataChannelParameters  # noqa: TID251
from aiortc.rtcdtlstransport import (  # noqa: TID251
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from aiortc.rtcrtpparameters import (  # noqa: TID251
    RTCRtpHeaderExtensionParameters,
    RTCRtpParameters,
)
from aiortc.rtcsctptransport import RTCSctpCapabilities, RTCSctpTransport  # noqa: TID251
from aiortc.rtp import AnyRtcpPacket, HeaderExtensionsMap, RtcpPacket, RtpPacket  # noqa: TID251

OPUS = 111
VP8 = 96
RTX = 97
RED = 63
VP9 = 98
H264 = 102

EXTENSIONS = {
    "urn:ietf:params:rtp-hdrext:ssrc-audio-level": 1,
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01": 3,
    "urn:ietf:params:rtp-hdrext:sdes:mid": 4,
    "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id": 10,
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id": 11,
}

PATIENCE = 10.0
"""Seconds until a wait fails the test; nothing that works takes a tenth of it."""


def extensions_map() -> HeaderExtensionsMap:
    extensions = HeaderExtensionsMap()
    extensions.configure(
        RTCRtpParameters(
            headerExtensions=[
                RTCRtpHeaderExtensionParameters(id=number, uri=uri)
                for uri, number in EXTENSIONS.items()
            ]
        )
    )
    return extensions


@dataclass
class Slot:
    """One m-section of the client."""

    kind: str
    mid: str
    direction: str = ""
    cid: str = ""
    rids: tuple[str, ...] = ()
    simulcast_ssrcs: tuple[int, ...] = ()

    def lines(self, redundancy: bool) -> list[str]:
        if self.kind == "application":
            return [
                "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
                "a=sctp-port:5000",
                "a=max-message-size:262144",
            ]
        wanted = ("audio-level", "transport-wide", ":mid")
        if self.kind == "video":
            wanted = ("transport-wide", ":mid", "stream-id")
        return [
            *CODEC_LINES["red" if redundancy and self.kind == "audio" else self.kind],
            f"a={self.direction}",
            "a=rtcp-mux",
            "a=rtcp-rsize",
            *(
                f"a=extmap:{number} {uri}"
                for uri, number in EXTENSIONS.items()
                if any(word in uri for word in wanted)
            ),
            *([f"a=msid:- {self.cid}"] if self.cid else []),
            *(f"a=rid:{rid} send" for rid in self.rids),
            *([f"a=simulcast:send {';'.join(self.rids)}"] if self.rids else []),
            *(
                [f"a=ssrc-group:SIM {' '.join(map(str, self.simulcast_ssrcs))}"]
                if self.simulcast_ssrcs
                else []
            ),
        ]


@dataclass
class Remote:
    """What the client reads of an answer."""

    address: tuple[str, int]
    ufrag: str
    pwd: str
    fingerprint: RTCDtlsFingerprint
    tcp_address: tuple[str, int] | None
    mids: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, answer: str) -> "Remote":
        lines = answer.split("\r\n")

        def value(name: str) -> str:
            return next(line for line in lines if line.startswith(name)).removeprefix(name)

        words = [line.split() for line in lines if line.startswith("a=candidate:")]
        udp, tcp = (
            [(one[4], int(one[5])) for one in words if one[2] == transport]
            for transport in ("udp", "tcp")
        )
        algorithm, _, digest = value("a=fingerprint:").partition(" ")
        sections = [body.split("\r\n") for body in answer.split("\r\nm=")[1:]]
        return cls(
            udp[0],
            value("a=ice-ufrag:"),
            value("a=ice-pwd:"),
            RTCDtlsFingerprint(algorithm, digest),
            tcp[0] if tcp else None,
            {next(x for x in body if x.startswith("a=mid:"))[6:]: body for body in sections},
        )

    def direction(self, mid: str) -> str:
        known = ("a=sendonly", "a=recvonly", "a=inactive", "a=sendrecv")
        return next(line for line in self.mids[mid] if line in known)[2:]

    def ssrcs(self, mid: str) -> list[int]:
        told = (line[7:].split()[0] for line in self.mids[mid] if line.startswith("a=ssrc:"))
        return [int(ssrc) for ssrc in dict.fromkeys(told)]


class Client:
    """Opened by `open`; `accept` of the first answer connects it, `close` ends everything."""

    certificate = RTCCertificate.generateCertificate()

    def __init__(self) -> None:
        self.redundancy = False
        self.slots: list[Slot] = []
        self.ufrag, self.pwd = secrets.token_hex(4), secrets.token_hex(12)
        self.remote: Remote | None = None
        self.packets: asyncio.Queue[RtpPacket] = asyncio.Queue()
        self.reports: asyncio.Queue[AnyRtcpPacket] = asyncio.Queue()
        self.messages: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self.loses_incoming: Callable[[bytes], bool] = lambda _: False
        self.loses_outgoing: Callable[[bytes], bool] = lambda _: False
        self.link = _Link(self)
        self.dtls = _Dtls(self.link, self)
        self.sctp = RTCSctpTransport(self.dtls, 5000)
        self.sctp.on("datachannel", self._listen)
        self.extensions = extensions_map()
        self._checked: asyncio.Event = asyncio.Event()
        self._transaction = b""

    @classmethod
    async def open(cls, host: str = "127.0.0.1", *, by_tcp: bool = False) -> "Client":
        client = cls()
        client.link.host = host
        await client.link.bind(by_tcp)
        return client

    # Offering

    def publish(self, kind: str, cid: str, rids: tuple[str, ...] = ()) -> Slot:
        """Add a section in which the client sends a track."""
        return self._add(Slot(kind, "", "sendonly", cid, rids))

    def receive(self, audios: int = 0, videos: int = 0) -> list[Slot]:
        """Add sections in which the client receives."""
        kinds = ["audio"] * audios + ["video"] * videos
        return [self._add(Slot(kind, "", "recvonly")) for kind in kinds]

    def open_data(self) -> Slot:
        return self._add(Slot("application", ""))

    def offer(self) -> str:
        lines = [
            "v=0",
            "o=- 1 1 IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            "a=group:BUNDLE " + " ".join(slot.mid for slot in self.slots),
            "a=extmap-allow-mixed",
        ]
        sha256 = next(f for f in self.certificate.getFingerprints() if f.algorithm == "sha-256")
        for slot in self.slots:
            lines += [
                *slot.lines(self.redundancy),
                f"a=mid:{slot.mid}",
                f"a=ice-ufrag:{self.ufrag}",
                f"a=ice-pwd:{self.pwd}",
                f"a=fingerprint:sha-256 {sha256.value}",
                "a=setup:actpass",
            ]
        return "\r\n".join(lines) + "\r\n"

    def answer(self, offer: str, rejected: tuple[str, ...] = ()) -> str:
        """The answer to an offer of the server, which is to be accepted after the server has it."""
        bodies = Remote.parse(offer).mids
        self.slots = [
            Slot(body[0].split()[0], mid, "recvonly" if "a=sendonly" in body else "inactive")
            for mid, body in bodies.items()
        ]
        head, *sections = self.offer().replace("a=setup:actpass", "a=setup:active").split("\r\nm=")
        kept = [
            body.replace(" 9 ", " 0 ", 1)
            if slot.mid in rejected or bodies[slot.mid][0].split()[1] == "0"
            else body
            for slot, body in zip(self.slots, sections, strict=True)
        ]
        return "\r\nm=".join([head, *kept])

    def restart_ice(self) -> None:
        """Offer other ICE credentials from now on."""
        self.ufrag, self.pwd = secrets.token_hex(4), secrets.token_hex(12)

    async def accept(self, answer: str) -> None:
        """Take an answer: connect by the first one, check again after an ICE restart."""
        before, self.remote = self.remote, Remote.parse(answer)
        if before is None or before.ufrag != self.remote.ufrag:
            await self.check()
        if before is None:
            async with asyncio.timeout(PATIENCE):
                await self.dtls.start(RTCDtlsParameters([self.remote.fingerprint]))
            if self.dtls.state == "connected" and any(
                slot.kind == "application" for slot in self.slots
            ):
                await self.sctp.start(RTCSctpCapabilities(65536), 5000)

    async def check(self) -> None:
        """Nominate the pair: send STUN checks until one is answered."""
        self._checked.clear()
        async with asyncio.timeout(PATIENCE):
            await self.link.reach()
            while not self._checked.is_set():
                self.link.transmit(self.binding_request())
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._checked.wait(), 0.2)

    def binding_request(self, *, pwd: str | None = None, nominate: bool = True) -> bytes:
        """A check to the server, authenticated by its password or by another one."""
        remote = self._remote()
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        self._transaction = request.transaction_id
        request.attributes["USERNAME"] = f"{remote.ufrag}:{self.ufrag}"
        request.attributes["PRIORITY"] = 1853824767
        request.attributes["ICE-CONTROLLING"] = secrets.randbits(64)
        if nominate:
            request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity((pwd or remote.pwd).encode())
        return bytes(request)

    # Media and data

    async def send(self, packet: RtpPacket) -> None:
        await self.dtls._send_rtp(packet.serialize(self.extensions))

    async def report(self, packet: AnyRtcpPacket) -> None:
        await self.dtls._send_rtp(bytes(packet))

    async def packet(self) -> RtpPacket:
        """The next RTP packet that arrived."""
        async with asyncio.timeout(PATIENCE):
            return await self.packets.get()

    async def report_of(self, kind: type[AnyRtcpPacket]) -> AnyRtcpPacket:
        """The next RTCP packet of this type."""
        async with asyncio.timeout(PATIENCE):
            while not isinstance(packet := await self.reports.get(), kind):
                pass
            return packet

    async def channel(self, label: str, **parameters: object) -> RTCDataChannel:
        """Open a data channel; its messages arrive in `messages`."""
        channel = RTCDataChannel(self.sctp, RTCDataChannelParameters(label=label, **parameters))
        opened = asyncio.Event()
        channel.on("open", opened.set)
        channel.on("message", lambda data: self.messages.put_nowait((label, data)))
        async with asyncio.timeout(PATIENCE):
            await opened.wait()
        return channel

    async def message(self) -> tuple[str, bytes]:
        """The next data message: label and content."""
        async with asyncio.timeout(PATIENCE):
            return await self.messages.get()

    async def move(self, *, by_tcp: bool = False) -> None:
        """Go on from another socket, as when a telephone changes networks."""
        self.link.close()
        await self.link.bind(by_tcp)

    async def close(self) -> None:
        pump = self.dtls._task
        await self.sctp.stop()
        await self.dtls.stop()
        if pump is not None:
            with suppress(asyncio.CancelledError):
                await pump
        self.link.close()

    def handle_stun(self, data: bytes) -> None:
        message = stun.parse_message(data)
        if (
            message.message_class == stun.Class.RESPONSE
            and message.transaction_id == self._transaction
            and message.check_message_integrity(self._remote().pwd.encode())
        ):
            self._checked.set()

    def _listen(self, channel: RTCDataChannel) -> None:
        """A channel that the server opened."""
        channel.on("message", lambda data: self.messages.put_nowait((channel.label, data)))

    def _add(self, slot: Slot) -> Slot:
        slot.mid = str(len(self.slots))
        self.slots.append(slot)
        return slot

    def _remote(self) -> Remote:
        assert self.remote is not None
        return self.remote


class _Link(asyncio.DatagramProtocol):
    """The socket, in the shape of an ICE transport of aiortc."""

    role = "controlling"
    state = "completed"

    def __init__(self, client: Client) -> None:
        self.client = client
        self.transport: asyncio.DatagramTransport | None = None
        self.host = "127.0.0.1"
        self.by_tcp = False
        self.writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._datagrams: asyncio.Queue[bytes] = asyncio.Queue()

    async def bind(self, by_tcp: bool = False) -> None:
        self.by_tcp = by_tcp
        if by_tcp:
            return  # an answer tells where to connect to
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self.host, 0)
        )

    @property
    def address(self) -> tuple[str, int]:
        assert self.transport is not None
        host, port, *_ = self.transport.get_extra_info("sockname")
        return host, port

    async def reach(self) -> None:
        """Connect, if it is by TCP."""
        remote = self.client._remote()
        if self.by_tcp and self.writer is None:
            assert remote.tcp_address is not None
            reader, self.writer = await asyncio.open_connection(*remote.tcp_address)
            self._reading = asyncio.create_task(self._read_frames(reader))

    async def _read_frames(self, reader: asyncio.StreamReader) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = int.from_bytes(await reader.readexactly(2))
                self.datagram_received(await reader.readexactly(length), ("", 0))

    def transmit(self, data: bytes) -> None:
        if self.client.loses_outgoing(data):
            return
        if self.writer is not None:
            self.writer.write(len(data).to_bytes(2) + data)  # RFC 4571
        elif self.transport is not None:
            self.transport.sendto(data, self.client._remote().address)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self.client.loses_incoming(data):
            return
        if data[0] < 4:
            self.client.handle_stun(data)
        else:
            self._datagrams.put_nowait(data)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()
        if self.writer is not None and self._reading is not None:
            self._reading.cancel()
            self.writer.close()
            self.writer = self._reading = None

    async def _recv(self) -> bytes:
        return await self._datagrams.get()

    async def _send(self, data: bytes) -> None:
        self.transmit(data)


class _Dtls(RTCDtlsTransport):  # type: ignore[misc]
    """DTLS client; what SRTP protects is handed on as whole packets."""

    def __init__(self, link: _Link, client: Client) -> None:
        super().__init__(link, [client.certificate])
        self._set_role("client")
        self._client = client

    async def _handle_rtp_data(self, data: bytes, arrival_time_ms: int) -> None:
        self._client.packets.put_nowait(RtpPacket.parse(data, self._client.extensions))

    async def _handle_rtcp_data(self, data: bytes) -> None:
        with suppress(ValueError):
            for packet in RtcpPacket.parse(data):
                self._client.reports.put_nowait(packet)


CODEC_LINES = {
    "audio": [
        f"m=audio 9 UDP/TLS/RTP/SAVPF {OPUS}",
        f"a=rtpmap:{OPUS} opus/48000/2",
        f"a=rtcp-fb:{OPUS} transport-cc",
        f"a=fmtp:{OPUS} minptime=10;useinbandfec=1",
    ],
    "red": [
        f"m=audio 9 UDP/TLS/RTP/SAVPF {OPUS} {RED}",
        f"a=rtpmap:{OPUS} opus/48000/2",
        f"a=rtcp-fb:{OPUS} transport-cc",
        f"a=fmtp:{OPUS} minptime=10;useinbandfec=1",
        f"a=rtpmap:{RED} red/48000/2",
        f"a=fmtp:{RED} {OPUS}/{OPUS}",
    ],
    "video": [
        f"m=video 9 UDP/TLS/RTP/SAVPF {VP8} {RTX} {VP9} {H264}",
        f"a=rtpmap:{VP8} VP8/90000",
        *(f"a=rtcp-fb:{VP8} {kind}" for kind in ("transport-cc", "ccm fir", "nack", "nack pli")),
        f"a=rtpmap:{RTX} rtx/90000",
        f"a=fmtp:{RTX} apt={VP8}",
        f"a=rtpmap:{VP9} VP9/90000",
        f"a=fmtp:{VP9} profile-id=0",
        f"a=rtpmap:{H264} H264/90000",
        f"a=fmtp:{H264} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    ],
}
