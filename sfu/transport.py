"""One client's DTLS and SCTP: aiortc's, over the core's datagrams, with limits of ours."""

import asyncio
import logging
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from aiortc.rtcdatachannel import (  # noqa: TID251 - the one place
    RTCDataChannel,
    RTCDataChannelParameters,
)
from aiortc.rtcdtlstransport import (  # noqa: TID251
    SRTP_AEAD_AES_128_GCM,
    SRTP_AEAD_AES_256_GCM,
    SRTP_AES128_CM_SHA1_80,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    SRTPProtectionProfile,
)
from aiortc.rtcdtlstransport import State as DtlsState  # noqa: TID251
from aiortc.rtcsctptransport import (  # noqa: TID251
    WEBRTC_BINARY,
    WEBRTC_BINARY_EMPTY,
    WEBRTC_DCEP,
    WEBRTC_STRING,
    WEBRTC_STRING_EMPTY,
    DataChunk,
    InboundStream,
    RTCSctpTransport,
    SackChunk,
)
from OpenSSL import SSL

from sfu import sdp
from sfu.events import ChannelOpened, DataReceived, DisconnectReason, Handshake, PeerEvent
from sfu.sctp import Budget, is_plausible_sack, is_well_formed

logger = logging.getLogger(__name__)


class Certificate(RTCCertificate):  # type: ignore[misc]
    """The certificate of this process and the one OpenSSL context made from it."""

    fingerprint: sdp.Fingerprint
    _context: SSL.Context

    @classmethod
    def generate(cls) -> "Certificate":
        """A fresh P-256 key and a self-signed certificate; clients verify its hash only."""
        certificate: Certificate = cls.generateCertificate()
        sha256 = next(f for f in certificate.getFingerprints() if f.algorithm == "sha-256")
        certificate.fingerprint = sdp.Fingerprint(sha256.algorithm, sha256.value)
        certificate._context = certificate._make_context()
        return certificate

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        return self._context

    def _make_context(self) -> SSL.Context:
        context: SSL.Context = super()._create_ssl_context(srtp_profiles=PROFILES)
        context.set_cipher_list(CIPHERS)
        context.set_options(SSL.OP_NO_QUERY_MTU)
        return context


class Wire:
    """What aiortc takes for its ICE transport: the DTLS datagrams of one peer, through the core."""

    role = "controlled"
    state = "completed"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._transmit = send
        self._datagrams: asyncio.Queue[bytes] = asyncio.Queue(MAX_DATAGRAMS)
        self._flights: set[bytes] = set()
        self.repeated = False

    def push(self, datagram: bytes) -> None:
        # What does not fit is lost, as on any link; DTLS and SCTP send it again.
        if datagram and not self._datagrams.full():
            self._datagrams.put_nowait(datagram)

    async def _recv(self) -> bytes:
        datagram = await self._datagrams.get()
        # A repeated handshake record has another sequence number, the same epoch and content.
        content = datagram[:5] + datagram[11:]
        self.repeated = content[:1] == HANDSHAKE and content in self._flights
        if self.repeated or len(self._flights) == MAX_FLIGHTS:
            self._flights.clear()  # once for all datagrams of a repeated flight
        self._flights.add(content)
        return datagram

    async def _send(self, data: bytes) -> None:
        for datagram in split_flight(data, MTU):
            self._transmit(datagram)


class Dtls(RTCDtlsTransport):  # type: ignore[misc]
    """aiortc's DTLS as server; SRTP is not its business, the core has the keys.

    `agreed` is what the handshake came to; with `post_quantum` one that withstands no quantum
    computer fails.
    """

    def __init__(
        self,
        wire: Wire,
        certificate: Certificate,
        fingerprints: tuple[sdp.Fingerprint, ...],
        set_keys: Callable[[str, bytes, bytes], None],
        *,
        post_quantum: bool = False,
    ) -> None:
        super().__init__(wire, [certificate])
        self._set_role("server")
        self._srtp_profiles = PROFILES
        self._told = RTCDtlsParameters(
            [RTCDtlsFingerprint(one.algorithm, one.value) for one in fingerprints]
        )
        self._set_keys = set_keys
        self._keyed = False
        self._post_quantum = post_quantum
        self.agreed: Handshake | None = None
        self._flight = b""
        self.broken = False

    @property
    def is_classical(self) -> bool:
        """Whether it agreed on what was not allowed."""
        return self._post_quantum and self.agreed is not None and not self.agreed.post_quantum

    async def handshake(self) -> bool:
        """Whether the client with the certificate of its offer completed the handshake in time."""
        try:
            async with asyncio.timeout(HANDSHAKE_PATIENCE):
                await self.start(self._told)
        except TimeoutError:
            return False
        return bool(self.state == "connected")

    async def pump(self) -> DisconnectReason:
        """Hand data on until the client closes."""
        assert self._task is not None  # noqa: S101 - start() made it with the handshake
        await asyncio.shield(self._task)  # stop() ends it, after our alert
        return DisconnectReason.PROTOCOL if self.broken else DisconnectReason.CLOSED

    async def stop(self) -> None:
        task = self._task
        await super().stop()
        if task is not None:
            with suppress(asyncio.CancelledError):
                await task

    async def _do_handshake(self) -> None:
        # Without it OpenSSL asks the socket, which it does not have.
        self._ssl.set_ciphertext_mtu(MTU)
        await super()._do_handshake()

    async def _recv_next(self) -> None:
        self.transport.repeated = False
        before = self._flight
        await super()._recv_next()
        if self.transport.repeated and self._flight is before and not self.encrypted:
            # RFC 6347 §4.2.4: the client did not get our flight. OpenSSL would wait for its own
            # timer, a second; clients repeat theirs after 50 to 100 ms.
            await self.transport._send(before)

    def _setup_srtp(self) -> None:
        if self._keyed:
            return
        chosen = self._ssl.get_selected_srtp_profile()
        profile = next((one for one in PROFILES if one.openssl_profile == chosen), None)
        if profile is None:
            self._set_state(DtlsState.FAILED)
            return
        self.agreed = Handshake(
            self._ssl.get_protocol_version_name(),
            self._ssl.get_group_name() or "",
            self._ssl.get_cipher_name() or "",
            chosen.decode(),
        )
        if self.is_classical:
            self._set_state(DtlsState.FAILED)
            return
        length = 2 * (profile.key_length + profile.salt_length)
        material = self._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", length)
        self._set_keys(
            chosen.decode(),
            profile.get_key_and_salt(material, 0),
            profile.get_key_and_salt(material, 1),
        )
        self._keyed = True

    async def _send_data(self, data: bytes) -> None:
        # A timer of SCTP may fire after the end; there is nobody left to tell.
        if self._state == DtlsState.CONNECTED:
            await super()._send_data(data)

    def _may_finish(self) -> bool:
        """Take the keys before our Finished leaves: the first frames come as soon as it arrives."""
        if not self._keyed and self._state == DtlsState.CONNECTING and self._ssl.get_finished():
            self._validate_peer_identity(self._told)
            if self._state != DtlsState.FAILED:
                self._setup_srtp()
        return bool(self._state != DtlsState.FAILED)

    async def _write_ssl(self) -> None:
        if not self._may_finish():
            return
        # aiortc reads 1,500 bytes once; a flight may be longer and must be cut between records.
        with suppress(SSL.Error):
            while flight := self._ssl.bio_read(MAX_FLIGHT):
                self._flight = flight
                await self.transport._send(flight)


@dataclass(frozen=True)
class Channel:
    """A data channel that we open: ordered and reliable, or unordered and never repeated."""

    label: str
    reliable: bool

    def parameters(self) -> RTCDataChannelParameters:
        retransmits = None if self.reliable else 0
        return RTCDataChannelParameters(
            label=self.label, ordered=self.reliable, maxRetransmits=retransmits
        )


class Association(RTCSctpTransport):  # type: ignore[misc]
    """aiortc's SCTP with the limits that it lacks; breaking one ends the peer.

    Opens `channels` as soon as the client has begun the association.
    """

    def __init__(
        self, dtls: Dtls, tell: Callable[[PeerEvent], None], channels: tuple[Channel, ...] = ()
    ) -> None:
        super().__init__(dtls, SCTP_PORT)
        self._advertised_rwnd = RECEIVE_WINDOW
        self._dtls = dtls
        self._tell = tell
        self._budget = Budget(BYTES_PER_SECOND, BURST, self._loop.time())
        self._to_open = channels

    def channel(self, label: str) -> RTCDataChannel | None:
        """The open channel of this label; the youngest, if the client opened several."""
        for channel in reversed(self._data_channels.values()):
            if channel.label == label and channel.readyState == "open":
                return channel
        return None

    async def _init(self) -> None:
        """The client speaks first: one that has no data section gets nothing from us."""
        for channel in self._to_open:
            RTCDataChannel(self, channel.parameters())

    async def _handle_data(self, data: bytes) -> None:
        delay = self._budget.spend(len(data), self._loop.time())
        if delay:
            # Reading slower is the back-pressure: the sender's SCTP sees a slow receiver.
            await asyncio.sleep(delay)
        if not is_well_formed(data):
            return
        try:
            await super()._handle_data(data)
        except _GARBAGE as error:
            logger.warning("SCTP of a peer ended: %s", error or type(error).__name__)
            self._dtls.broken = True
            raise ConnectionError from error

    async def _receive_sack_chunk(self, chunk: SackChunk) -> None:
        last_sent = (self._local_tsn - 1) % 2**32
        if is_plausible_sack(chunk.cumulative_tsn, chunk.gaps, last_sent):
            await super()._receive_sack_chunk(chunk)

    async def _receive_data_chunk(self, chunk: DataChunk) -> None:
        if len(self._sack_misordered) >= MAX_MISORDERED or self._advertised_rwnd <= 0:
            return  # not acknowledged: it comes again when the gap before it is filled
        await super()._receive_data_chunk(chunk)
        stream = self._inbound_streams.get(chunk.stream_id)
        if stream is not None and _unfinished_size(stream) > sdp.MAX_MESSAGE_SIZE:
            raise _Misbehaviour("a message is too long")

    def _get_inbound_stream(self, stream_id: int) -> InboundStream:
        if stream_id not in self._inbound_streams and len(self._inbound_streams) >= MAX_STREAMS:
            raise _Misbehaviour("too many streams")
        return super()._get_inbound_stream(stream_id)

    async def _receive(self, stream_id: int, pp_id: int, data: bytes) -> None:
        channel = self._data_channels.get(stream_id)
        if pp_id == WEBRTC_DCEP:
            if data[:1] == DATA_CHANNEL_OPEN:
                self._refuse_opening(channel, data)
            was_open = channel is not None and channel.readyState == "open"
            await super()._receive(stream_id, pp_id, data)
            channel = self._data_channels.get(stream_id)
            if channel is not None and channel.readyState == "open" and not was_open:
                self._tell(ChannelOpened(channel.label))
        elif channel is not None and channel.readyState == "open":
            if len(data) > sdp.MAX_MESSAGE_SIZE:
                raise _Misbehaviour("a message is too long")
            if pp_id in (WEBRTC_BINARY, WEBRTC_STRING):
                self._tell(DataReceived(channel.label, data))
            elif pp_id in (WEBRTC_BINARY_EMPTY, WEBRTC_STRING_EMPTY):
                self._tell(DataReceived(channel.label, b""))

    def _refuse_opening(self, channel: RTCDataChannel | None, data: bytes) -> None:
        if channel is not None:
            raise _Misbehaviour("a data channel was opened twice")
        if len(self._data_channels) >= MAX_CHANNELS:
            raise _Misbehaviour("too many data channels")
        if len(data) < 12 or max(struct.unpack_from("!HH", data, 8)) > MAX_LABEL:
            raise _Misbehaviour("the label of a data channel is too long")


class _Misbehaviour(Exception):  # noqa: N818 - never leaves this module
    """The client broke a rule of its data channels; the argument says which."""


def split_flight(flight: bytes, limit: int) -> list[bytes]:
    """Cut what OpenSSL wrote into datagrams between DTLS records (RFC 6347 §4.1).

    A record longer than `limit` makes a datagram of its own.
    """
    datagrams: list[bytes] = []
    start = end = 0
    while end + RECORD_HEADER <= len(flight):
        following = end + RECORD_HEADER + int.from_bytes(flight[end + 11 : end + 13])
        if following - start > limit and end > start:
            datagrams.append(flight[start:end])
            start = end
        end = following
    return [*datagrams, flight[start:]] if start < len(flight) else datagrams


def _unfinished_size(stream: InboundStream) -> int:
    """The bytes waiting last in a stream without a gap: TSNs are consecutive in a message."""
    size = 0
    following: int | None = None
    for waiting in reversed(stream.reassembly):
        if following is not None and waiting.tsn != (following - 1) % 2**32:
            break
        size += len(waiting.user_data)
        following = waiting.tsn
    return size


_GARBAGE = (_Misbehaviour, AssertionError, ValueError, IndexError, KeyError, struct.error)
"""How aiortc reacts to SCTP that it does not understand, besides what we refuse ourselves."""

PROFILES = [SRTP_AEAD_AES_128_GCM, SRTP_AEAD_AES_256_GCM, SRTP_AES128_CM_SHA1_80]
"""The server chooses the first that the client has. AES-128 costs a fifth less than AES-256."""

CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"
    b":@SECLEVEL=3"
)
"""Forward secret and authenticated; no CBC. The level is that of 128 bits: below it OpenSSL signs
by SHA-224 where a client asks for that, and takes such signatures."""

SCTP_PORT = 5000
DATA_CHANNEL_OPEN = b"\x03"
RECORD_HEADER = 13
HANDSHAKE = b"\x16"

MTU = 1200
"""Bytes of a DTLS datagram. Lowering it costs datagrams; raising it loses handshakes behind tunnels
that drop what they would have to fragment."""

MAX_FLIGHT = 65536

MAX_FLIGHTS = 16
"""Handshake datagrams remembered to know a repeated one; a handshake has half of it."""

HANDSHAKE_PATIENCE = 30.0
"""Seconds for DTLS. OpenSSL repeats a lost flight after 1, 3, 7 and 15 seconds: lowering it gives
up on bad links, raising it keeps half-open peers longer."""

MAX_DATAGRAMS = 512
"""DTLS datagrams that wait for Python. Raising it lets one peer hold more memory while the loop is
busy; lowering it makes bursts of data wait for SCTP's slow retransmission."""

MAX_CHANNELS = 8
"""Data channels at a time; LiveKit's clients open three."""

MAX_STREAMS = 16
"""SCTP streams at a time: those of the channels, and of those being closed."""

MAX_LABEL = 128
"""Bytes of a label, or of a protocol name."""

RECEIVE_WINDOW = 512 * 1024
"""Bytes that a client may have waiting for a lost packet. Raising it helps fast senders on long
links; a hostile one can make us hold all of it."""

MAX_MISORDERED = 1024
"""Chunks behind a gap. aiortc sorts them for each arrival: raising it costs time under attack."""

BYTES_PER_SECOND = 1_000_000.0
BURST = 2_000_000.0
"""What a client may send on its data channels. Lowering them slows file transfers, raising them
lets one client take more of the event loop, which spends half a millisecond on a message."""
