"""The formats of an m-section: its codecs and header extensions."""

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache

from sfu.errors import SdpError
from sfu.sdp.description import Codec, Extension, is_number


def read_formats(
    kind: str, formats: tuple[str, ...], described: str
) -> tuple[tuple[Codec, ...], tuple[Extension, ...]]:
    """What we support of a section, from its rtpmap, fmtp, rtcp-fb and extmap lines."""
    draft = _FormatDraft(kind, formats)
    for line in described.split("\n"):
        name, _, value = line[2:].partition(":")
        number, _, rest = value.strip().partition(" ")
        handle = FORMAT_ATTRIBUTES.get(name)
        if handle is not None:
            handle(draft, number, rest)
    codecs = (draft.codec(int(number)) for number in formats if is_number(number))
    return tuple(codec for codec in codecs if codec is not None), tuple(draft.extensions)


remembered_formats = lru_cache(maxsize=256)(read_formats)


@dataclass(slots=True)
class _FormatDraft:
    """The formats of a section while their lines are read."""

    kind: str
    formats: tuple[str, ...]
    encodings: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    feedback: dict[str, set[str]] = field(default_factory=dict)
    extensions: list[Extension] = field(default_factory=list)

    def read_encoding(self, number: str, encoding: str) -> None:
        if TOKEN.fullmatch(encoding):
            self.encodings[number] = encoding

    def read_parameters(self, number: str, parameters: str) -> None:
        if parameters.isascii() and parameters.isprintable():
            self.parameters[number] = parameters

    def read_feedback(self, number: str, kind: str) -> None:
        self.feedback.setdefault(number, set()).add(kind)

    def read_extension(self, number: str, uri: str) -> None:
        number = number.partition("/")[0]
        # RFC 8285: 0 is padding, 15 is reserved, 255 the largest of the two-byte form.
        if uri in EXTENSIONS and is_number(number) and int(number) not in (0, 15):
            if int(number) > 255:
                raise SdpError("The offer has a header extension id above 255.")
            self.extensions.append(Extension(int(number), uri))

    def codec(self, payload_type: int) -> Codec | None:
        # RFC 5761 §4: with rtcp-mux the types from 64 to 95 cannot be told from RTCP.
        if payload_type > 127 or 64 <= payload_type <= 95:
            return None
        number = str(payload_type)
        name, _, rest = self.encodings.get(number, "").partition("/")
        clock_rate, _, channels = rest.partition("/")
        if name.lower() not in CODECS.get(self.kind, ()) or clock_rate not in CLOCK_RATES:
            return None
        offered = self.feedback.get(number, set()) | self.feedback.get("*", set())
        offered |= ALWAYS.get(name.lower(), frozenset())
        return Codec(
            payload_type=payload_type,
            name=name,
            clock_rate=int(clock_rate),
            channels=2 if channels == "2" else 0,
            parameters=_our_parameters(name, self.parameters.get(number, "")),
            feedback=our_feedback(self.kind, offered),
        )


def our_feedback(kind: str, offered: AbstractSet[str]) -> tuple[str, ...]:
    """What both know; a client estimates for itself (REMB) only where it does not report."""
    accepted = offered & FEEDBACK[kind]
    if "transport-cc" in accepted:
        accepted -= {"goog-remb"}
    return tuple(sorted(accepted))


def _our_parameters(name: str, parameters: str) -> str:
    """Our `a=fmtp`: the client's, and of video what to begin with; of Opus what we like best."""
    if name.lower() in _VIDEO:
        return ";".join(filter(None, [parameters, f"x-google-start-bitrate={START_BITRATE}"]))
    if name.lower() != "opus":
        return parameters
    # Silence need not travel: who forwards or transcribes follows timestamps, not packets.
    told = [part for part in parameters.split(";") if part.startswith("minptime=")]
    return ";".join([*told, "useinbandfec=1", "usedtx=1"])


_VIDEO = {"vp8", "vp9", "h264", "av1"}
START_BITRATE = 800
"""Kilobits per second with which libwebrtc begins instead of with 300. Raising it fills narrow ways
at first; lowering it leaves who begins on a lossy way, where its first probes fail, with a poor
picture for half a minute."""

_FORMAT_LINE = r"\na=(?:rt(?:cp-fb|pmap)|fmtp|extmap):[^\n]*+"
FORMAT_LINES = re.compile(f"({_FORMAT_LINE}(?:{_FORMAT_LINE})*+)")
"""Runs of such lines, as one group. It begins with literals, which `re` finds without trying, and
never goes back: half the time of a large offer."""

FORMAT_ATTRIBUTES: Mapping[str, Callable[[_FormatDraft, str, str], None]] = {
    "rtpmap": _FormatDraft.read_encoding,
    "fmtp": _FormatDraft.read_parameters,
    "rtcp-fb": _FormatDraft.read_feedback,
    "extmap": _FormatDraft.read_extension,
}

CODECS: Mapping[str, tuple[str, ...]] = {
    "audio": ("opus", "red"),
    "video": ("vp8", "vp9", "h264", "av1", "rtx"),
}

CLOCK_RATES = ("48000", "90000")

FEEDBACK: Mapping[str, frozenset[str]] = {
    "audio": frozenset({"nack", "transport-cc"}),
    "video": frozenset({"nack", "nack pli", "ccm fir", "transport-cc", "goog-remb"}),
}

ALWAYS: Mapping[str, frozenset[str]] = {"opus": frozenset({"nack"})}
"""What we answer unasked: Chromium repeats lost audio, and asks for it, once an answer says so, but
never offers to. Who does not know it ignores it."""

TOKEN = re.compile(r"[!-~]+")

EXTENSIONS = frozenset(
    {
        "urn:ietf:params:rtp-hdrext:sdes:mid",
        "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
        "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
        "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
        "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
        "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
        "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
        "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
    }
)
"""libwebrtc never offers again what the first answer refused, so this holds all we may ever want.
Orientation is left out on purpose: the sender then turns the picture before it encodes it."""
