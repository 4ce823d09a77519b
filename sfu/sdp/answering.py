"""Our answer written: ICE-lite, DTLS server, one bundle; what we do not know we do not repeat."""

from collections.abc import Mapping
from functools import lru_cache

from sfu.sdp.description import (
    MEDIA,
    Candidate,
    Codec,
    Extension,
    Local,
    Offer,
    Section,
    Sent,
)


def answer(
    offer: Offer, local: Local, sending: Mapping[str, Sent], prefer: Mapping[str, str]
) -> str:
    """Write the answer to an offer: we are ICE-lite and the DTLS server.

    `sending` maps the mids of sections the client offered to receive with, to what we send there.
    `prefer` maps the track ids (second word of the msid) of what the client publishes to the media
    type to put first, like "video/vp8". All other usable media sections are answered inactive with
    all their codecs, so that a later offer can use them.
    """
    accepted = {section.mid for section in offer.sections if section.usable}
    bundle = [mid for mid in offer.bundle if mid in accepted]
    lines = [
        "v=0",
        f"o=- {local.session} {local.version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        *(["a=group:BUNDLE " + " ".join(bundle)] if bundle else []),
        "a=ice-lite",
        *(["a=extmap-allow-mixed"] if offer.extmap_allow_mixed else []),
        "a=msid-semantic: WMS *",
    ]
    transport = transport_lines(local)
    candidates = candidate_lines(local.candidates)
    told: _Told = {}
    for section in offer.sections:
        if not section.usable:
            lines += _rejected(section)
            continue
        lines += _accepted(section, sending.get(section.mid), prefer.get(section.track, ""), told)
        lines += transport
        if bundle and section.mid == bundle[0]:
            lines += candidates
    return "\r\n".join(lines) + "\r\n"


def preferred(section: Section, sent: Sent | None = None, mime: str = "") -> tuple[Codec, ...]:
    """The codecs of a section in the order of our answer, each followed by what repairs it.

    First comes the format we send, or the media type asked for ("video/vp8"); then VP8. For
    "audio/red" redundancy comes before the codec it repeats: so the client sends it.
    """
    first = sent.format if sent is not None else (mime.partition("/")[2].lower() or "vp8",)
    return _in_order(section.codecs, first)


@lru_cache(maxsize=256)
def _in_order(codecs: tuple[Codec, ...], first: tuple[str, ...]) -> tuple[Codec, ...]:
    primary = sorted(
        (codec for codec in codecs if not codec.repairs),
        key=lambda codec: (codec.format[: len(first)] != first, _awkwardness(codec)),
    )
    repair = {codec.associated: codec for codec in codecs if codec.repairs}
    order = -1 if first == ("red",) else 1
    return tuple(
        codec
        for one in primary
        for codec in (one, repair.get(one.payload_type))[::order]
        if codec is not None
    )


def _awkwardness(codec: Codec) -> int:
    """Browsers all decode H.264 constrained baseline in packetization mode 1: it goes first."""
    if codec.name.lower() != "h264":
        return 0
    return codec.format[3:] != ("42e0", "1")


def _rejected(section: Section) -> list[str]:
    return [
        f"m={section.kind} 0 {section.protocol} {' '.join(section.formats)}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{section.mid}",
        "a=inactive",
    ]


def _accepted(section: Section, sent: Sent | None, mime: str, told: "_Told") -> list[str]:
    if section.kind not in MEDIA:
        return [
            f"m=application 9 {section.protocol} webrtc-datachannel",
            "c=IN IP4 0.0.0.0",
            f"a=mid:{section.mid}",
            "a=sctp-port:5000",
            f"a=max-message-size:{MAX_MESSAGE_SIZE}",
        ]
    # Most sections share their codecs, as one object, and want the same of them.
    key = id(section.codecs), sent.format if sent else mime
    if key not in told:
        codecs = preferred(section, sent, mime)
        told[key] = " ".join(str(codec.payload_type) for codec in codecs), codec_lines(codecs)
    payload_types, described = told[key]
    return [
        f"m={section.kind} 9 {section.protocol} {payload_types}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{section.mid}",
        *_direction_lines(section, sent),
        "a=rtcp-mux",
        "a=rtcp-rsize",
        *_extension_lines(section.extensions),
        *described,
    ]


_Told = dict[tuple[int, tuple[str, ...] | str], tuple[str, tuple[str, ...]]]
"""The payload types and the lines about them, by the codecs and the format to put first."""


@lru_cache(maxsize=256)
def _extension_lines(extensions: tuple[Extension, ...]) -> tuple[str, ...]:
    return tuple(f"a=extmap:{extension.id} {extension.uri}" for extension in extensions)


def _direction_lines(section: Section, sent: Sent | None) -> list[str]:
    if section.sends:
        rids = [f"a=rid:{rid} recv" for rid in section.rids]
        simulcast = ["a=simulcast:recv " + ";".join(section.rids)] if section.rids else []
        return ["a=recvonly", *rids, *simulcast]
    if sent is None or not section.receives:
        return ["a=inactive"]
    return sent_lines(sent)


def sent_lines(sent: Sent) -> list[str]:
    """What a section says that we send in."""
    ssrcs = [ssrc for ssrc in (sent.ssrc, sent.rtx_ssrc) if ssrc]
    return [
        "a=sendonly",
        f"a=msid:{sent.stream} {sent.track}",
        *([f"a=ssrc-group:FID {sent.ssrc} {sent.rtx_ssrc}"] if sent.rtx_ssrc else []),
        *(
            line
            for ssrc in ssrcs
            for line in (
                f"a=ssrc:{ssrc} cname:{sent.stream}",
                f"a=ssrc:{ssrc} msid:{sent.stream} {sent.track}",
            )
        ),
    ]


@lru_cache(maxsize=256)
def codec_lines(codecs: tuple[Codec, ...]) -> tuple[str, ...]:
    return tuple(line for codec in codecs for line in _lines_of(codec))


def _lines_of(codec: Codec) -> list[str]:
    channels = f"/{codec.channels}" if codec.channels else ""
    number = codec.payload_type
    return [
        f"a=rtpmap:{number} {codec.name}/{codec.clock_rate}{channels}",
        *(f"a=rtcp-fb:{number} {kind}" for kind in codec.feedback),
        *([f"a=fmtp:{number} {codec.parameters}"] if codec.parameters else []),
    ]


def transport_lines(local: Local) -> list[str]:
    return [
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.pwd}",
        f"a=fingerprint:{local.fingerprint.algorithm} {local.fingerprint.value}",
        "a=setup:passive",
    ]


@lru_cache(maxsize=16)
def candidate_lines(candidates: tuple[Candidate, ...]) -> tuple[str, ...]:
    hosts = (
        f"a=candidate:{index} 1 {one.transport} {_priority(one, index)} {one.address} {one.port}"
        f" typ host{' tcptype passive' if one.transport == 'tcp' else ''}"
        for index, one in enumerate(candidates, start=1)
    )
    return (*hosts, "a=end-of-candidates")


def _priority(candidate: Candidate, index: int) -> int:
    """Host candidates of component 1 by our order; those by TCP below all by UDP."""
    if candidate.transport == "udp":  # RFC 8445 §5.1.2.1
        return (126 << 24) | ((65536 - index) << 8) | 255
    # RFC 6544 §4.2: direction preference 4 (passive), and a type preference of its own.
    return (90 << 24) | ((4 << 13 | 8192 - index) << 8) | 255


MAX_MESSAGE_SIZE = 65536
"""The longest data message we take, in bytes. Clients cap themselves at 64,000; raising it lets one
client hold more of our memory while a message is incomplete."""
