"""Our offer written: ICE-lite, one bundle, data channels first, then what we send, slot by slot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sfu.sdp.answering import (
    MAX_MESSAGE_SIZE,
    candidate_lines,
    codec_lines,
    sent_lines,
    transport_lines,
)
from sfu.sdp.description import Codec, Extension, Local, Sent
from sfu.sdp.formats import FEEDBACK, our_feedback

DATA_MID = "0"
"""The section of the data channels."""

FIRST_MEDIA_MID = 1


@dataclass(frozen=True, slots=True)
class Sending:
    """A media section of our offer; without `sent` it is closed, until it is recycled."""

    kind: str
    mid: str
    codecs: tuple[Codec, ...]
    sent: Sent | None


def offer(local: Local, sendings: Sequence[Sending]) -> str:
    """Write an offer of data channels and these media sections."""
    bundle = [DATA_MID, *(sending.mid for sending in sendings if sending.sent is not None)]
    # RFC 8842 §5.2 would have `actpass`, but a Pion client then takes ICE-lite for a reason to be
    # the DTLS server as well. All clients take `passive` and are DTLS clients.
    transport = transport_lines(local)
    lines = [
        "v=0",
        f"o=- {local.session} {local.version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE " + " ".join(bundle),
        "a=ice-lite",
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS *",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{DATA_MID}",
        "a=sctp-port:5000",
        f"a=max-message-size:{MAX_MESSAGE_SIZE}",
        *transport,
        *candidate_lines(local.candidates),
    ]
    for sending in sendings:
        lines += _section(sending, transport)
    return "\r\n".join(lines) + "\r\n"


def _section(sending: Sending, transport: list[str]) -> list[str]:
    payload_types = " ".join(str(codec.payload_type) for codec in sending.codecs)
    head = ["c=IN IP4 0.0.0.0", f"a=mid:{sending.mid}"]
    if sending.sent is None:
        return [f"m={sending.kind} 0 UDP/TLS/RTP/SAVPF {payload_types}", *head, "a=inactive"]
    return [
        f"m={sending.kind} 9 UDP/TLS/RTP/SAVPF {payload_types}",
        *head,
        *sent_lines(sending.sent),
        "a=rtcp-mux",
        "a=rtcp-rsize",
        *(f"a=extmap:{one.id} {one.uri}" for one in EXTENSIONS[sending.kind]),
        *codec_lines(sending.codecs),
        *transport,
    ]


@dataclass(slots=True)
class PayloadTypes:
    """The payload types of our offers: each format has one, the same as long as we offer."""

    _known: dict[tuple[str, ...], tuple[Codec, ...]] = field(default_factory=dict)

    def codecs(self, kind: str, codec: Codec) -> tuple[Codec, ...]:
        """What a section says that carries media of this codec: it, and its retransmission.

        Empty when publishers have made up more formats than one offer can describe.
        """
        if codec.format not in self._known and (made := self._make(kind, codec)):
            self._known[codec.format] = made
        return self._known.get(codec.format, ())

    def known(self, asked: tuple[str, ...]) -> tuple[Codec, ...]:
        """The same for a format that was asked for before."""
        return self._known[asked]

    def _make(self, kind: str, codec: Codec) -> tuple[Codec, ...]:
        taken = {one.payload_type for codecs in self._known.values() for one in codecs}
        usual = _USUAL.get(codec.format[0], ())
        free = [number for number in (*usual, *_SPARE) if number not in taken]
        if len(free) < 2 or len(self._known) >= _MOST_FORMATS:
            return ()
        ours = Codec(
            payload_type=free[0],
            name=codec.name,
            clock_rate=codec.clock_rate,
            channels=codec.channels,
            parameters=_PARAMETERS.get(codec.format[0], codec.parameters),
            feedback=our_feedback(kind, FEEDBACK[kind]),
        )
        if kind != "video":
            return (ours,)
        repair = Codec(free[1], "rtx", codec.clock_rate, 0, f"apt={free[0]}")
        return (ours, repair)


def _extensions(*names: str) -> tuple[Extension, ...]:
    return tuple(Extension(number, uri) for number, uri in _URIS.items() if uri in names)


_MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
_TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
_CAPTURE_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
_PLAYOUT_DELAY = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
_DEPENDENCY = (
    "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
)
# The numbers that clients offer themselves (protocol §3.5): they mean the same in all sections.
_URIS = {
    1: _LEVEL,
    2: _SEND_TIME,
    3: _TRANSPORT_CC,
    4: _MID,
    5: _PLAYOUT_DELAY,
    9: _CAPTURE_TIME,
    12: _DEPENDENCY,
}

EXTENSIONS: Mapping[str, tuple[Extension, ...]] = {
    "audio": _extensions(_MID, _LEVEL, _TRANSPORT_CC, _SEND_TIME, _CAPTURE_TIME),
    "video": _extensions(
        _MID, _TRANSPORT_CC, _SEND_TIME, _CAPTURE_TIME, _PLAYOUT_DELAY, _DEPENDENCY
    ),
}
"""What we offer in each section of that kind."""

# An answer is not read that describes formats in more than 16 ways; clients know six together.
_MOST_FORMATS = 14

# Opus as we send it is what publishers were asked for, not what they asked for themselves.
_PARAMETERS = {"opus": "minptime=10;useinbandfec=1"}

# The reference's payload types: the format's, and that of its retransmission.
_USUAL: Mapping[str, tuple[int, ...]] = {
    "opus": (111,),
    "vp8": (96, 97),
    "vp9": (98, 99),
    "h264": (125, 107),
    "av1": (35, 36),
}
# For further profiles of the same codecs; 64 to 95 could be taken for RTCP (RFC 5761 §4).
_SPARE = (*range(100, 128), *range(37, 64))
