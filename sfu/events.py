"""What the media side tells: the core to `sfu`, and `sfu` to its user."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from sfu.tracks import Subscription

PeerId = NewType("PeerId", int)
PublicationId = NewType("PublicationId", int)
SubscriptionId = NewType("SubscriptionId", int)


# Core events. The extension builds them by position: the order of the fields is its contract.


@dataclass(frozen=True, slots=True)
class PairValidated:
    """An authenticated STUN check validated an address pair of this peer: DTLS may start."""

    peer: PeerId


@dataclass(frozen=True, slots=True)
class PairLost:
    """Consent expired (RFC 7675): nothing authenticated came from the peer for 15 seconds."""

    peer: PeerId


@dataclass(frozen=True, slots=True)
class DtlsReceived:
    """A DTLS datagram from the validated pair of the peer; never empty."""

    peer: PeerId
    datagram: bytes


@dataclass(frozen=True, slots=True)
class LayerChanged:
    """A layer of a publication began (first packet) or stopped (two silent seconds).

    `rid` is empty when the publication has no simulcast.
    """

    publication: PublicationId
    rid: str
    active: bool


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """One decrypted RTP payload of a tapped publication: an Opus packet.

    `sequence` and `timestamp` are extended past their wrap, the timestamp counts 48 kHz samples.
    `level` is the loudness of RFC 6464 in -dBov, 0 (loudest) to 127, or -1 when it is not told.
    `received_at` is in seconds of CLOCK_MONOTONIC.
    """

    publication: PublicationId
    sequence: int
    timestamp: int
    level: int
    payload: bytes
    received_at: float


@dataclass(frozen=True, slots=True)
class Speakers:
    """The active speakers, loudest first: publication and linear level in 0..1.

    Sent every 400 ms when it differs from the last one. Empty: everybody fell silent.
    """

    levels: tuple[tuple[PublicationId, float], ...]


@dataclass(frozen=True, slots=True)
class QualityChanged:
    """How well the tracks of a peer get through: the score of the worst, 100 to 0, which is gone.

    Looked at every five seconds and told when it has changed; at first it is 100.
    """

    peer: PeerId
    score: float


@dataclass(frozen=True, slots=True)
class LayerRates:
    """What the layers of a video carry has changed by more than a seventh.

    Bit/s by layer, lowest first, and by temporal layer, each up to and including it; zeros for a
    layer that is not sent. Looked at every second.
    """

    publication: PublicationId
    rates: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class BandwidthChanged:
    """What fits on the way to a peer, in bit/s, and what audio and repetitions take of it.

    Told when it differs by more than a few per cent, ten times a second at most, and only of peers
    that report what arrives.
    """

    peer: PeerId
    estimate: int
    reserved: int


@dataclass(frozen=True, slots=True)
class Pong:
    """A sign of life of the media thread, which was asked for one."""


CoreEvent = (
    PairValidated
    | PairLost
    | DtlsReceived
    | LayerChanged
    | QualityChanged
    | LayerRates
    | BandwidthChanged
    | AudioFrame
    | Speakers
    | Pong
)


# Peer events, given to the `handle` of `Sfu.add_peer`, synchronously, on the event loop.


class DisconnectReason(StrEnum):
    """Why a peer is no longer connected."""

    LOST = "lost"
    """No consent for 15 seconds. An ICE restart brings the peer back: `Connected` comes again."""
    HANDSHAKE = "handshake"
    """DTLS failed: no common profile, a wrong certificate or no answer. The peer is useless now."""
    CLASSICAL = "classical"
    """DTLS agreed on no post-quantum key exchange, and one is required. The peer is useless now."""
    CLOSED = "closed"
    """The client closed its transport. The peer is useless now."""
    PROTOCOL = "protocol"
    """The client broke a rule of SCTP. The peer is useless now."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """What DTLS agreed on: "DTLSv1.2", "x25519", "ECDHE-ECDSA-AES128-GCM-SHA256", say.

    `srtp` is the profile of the media, by OpenSSL's name.
    """

    protocol: str
    group: str
    cipher: str
    srtp: str

    @property
    def post_quantum(self) -> bool:
        """Whether the key exchange withstands a quantum computer: ML-KEM, alone or in a hybrid."""
        return "MLKEM" in self.group.upper()

    def __str__(self) -> str:
        return f"{self.protocol}, {self.group}, {self.cipher}, {self.srtp}"


@dataclass(frozen=True, slots=True)
class Connected:
    """Media and data can flow: DTLS is done and its keys are set; or a lost peer is back."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """Nothing flows any more; close the peer, or wait for an ICE restart when merely `LOST`."""

    reason: DisconnectReason


@dataclass(frozen=True, slots=True)
class ChannelOpened:
    """The client opened a data channel of this label; `Peer.send` may use it from now on."""

    label: str


@dataclass(frozen=True, slots=True)
class DataReceived:
    """One whole message from the data channel of this label; a text arrives as UTF-8 bytes."""

    label: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the worst of the client's tracks gets through now, 100 to 0: nothing comes from it.

    Comes when it has changed, every five seconds at most; at first it is 100.
    """

    score: float


@dataclass(frozen=True, slots=True)
class StreamPaused:
    """What a subscription wants does not fit on the way to the client: nothing of it is sent."""

    subscription: "Subscription"


@dataclass(frozen=True, slots=True)
class StreamResumed:
    """A subscription that was paused for lack of bandwidth is sent again."""

    subscription: "Subscription"


PeerEvent = (
    Connected | Disconnected | ChannelOpened | DataReceived | StreamPaused | StreamResumed | Quality
)
