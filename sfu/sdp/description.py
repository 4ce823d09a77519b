"""Session descriptions as values: what an offer says, and what our answer needs to be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]


@dataclass(frozen=True, slots=True)
class Codec:
    """One payload type of the offer that we can carry.

    `parameters` is the value of its `a=fmtp`, `feedback` what the client and we both support.
    """

    payload_type: int
    name: str
    clock_rate: int
    channels: int
    parameters: str = ""
    feedback: tuple[str, ...] = ()

    @property
    def associated(self) -> int:
        """The payload type that this format repairs (RFC 4588) or repeats (RFC 2198), or -1."""
        told = ""
        if self.name.lower() == "rtx":
            told = self._parameter("apt")
        elif self.name.lower() == "red":
            blocks = set(self.parameters.split("/"))
            told = blocks.pop() if len(blocks) == 1 else ""
        return int(told) if is_number(told) and int(told) <= 127 else -1

    @property
    def repairs(self) -> bool:
        """Whether it carries other formats' packets again, and no media of its own."""
        return self.name.lower() in ("rtx", "red")

    @property
    def format(self) -> tuple[str, ...]:
        """What must be equal in two clients' codecs for one to decode what the other encodes."""
        name = self.name.lower()
        told = [self._parameter(key) or default for key, default in FORMAT_PARAMETERS.get(name, ())]
        if name == "h264":  # the level, the last byte of profile-level-id, may differ
            told[0] = told[0][:4]
        return (name, str(self.clock_rate), str(self.channels), *(value.lower() for value in told))

    def _parameter(self, key: str) -> str:
        for parameter in self.parameters.split(";"):
            name, _, value = parameter.strip().partition("=")
            if name == key:
                return value
        return ""


@dataclass(frozen=True, slots=True)
class Extension:
    """An RTP header extension (RFC 8285) that we accept, under the id of the offer."""

    id: int
    uri: str


@dataclass(frozen=True, slots=True)
class Section:
    """One m-section of an offer; directions are the client's.

    `codecs` and `extensions` hold only those we support. `rids` are the simulcast layers it sends,
    in the order of the offer; `ssrcs` its primary ones when it tells them, and `rtx_ssrcs` those of
    their retransmissions. Old clients have no rids but `simulcast_ssrcs`: an SSRC for each layer,
    lowest first, the first of `ssrcs`. `stream` and `track` are the two words of its msid. `usable`
    is false when the section must be rejected.
    """

    kind: str
    mid: str
    protocol: str
    formats: tuple[str, ...]
    direction: Direction
    usable: bool
    codecs: tuple[Codec, ...] = ()
    extensions: tuple[Extension, ...] = ()
    rids: tuple[str, ...] = ()
    ssrcs: tuple[int, ...] = ()
    rtx_ssrcs: tuple[int, ...] = ()
    simulcast_ssrcs: tuple[int, ...] = ()
    stream: str = ""
    track: str = ""

    @property
    def sends(self) -> bool:
        """Whether the client sends media in this section."""
        return self.usable and self.kind in MEDIA and self.direction in ("sendonly", "sendrecv")

    @property
    def receives(self) -> bool:
        """Whether the client offers this section to receive, and to receive only."""
        return self.usable and self.kind in MEDIA and self.direction == "recvonly"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The hash of a DTLS certificate (RFC 8122): `sha-256` and its bytes as `AB:CD:…`."""

    algorithm: str
    value: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A client's offer: one bundled transport and its sections in order."""

    ufrag: str
    pwd: str
    fingerprints: tuple[Fingerprint, ...]
    sections: tuple[Section, ...]
    bundle: tuple[str, ...]
    extmap_allow_mixed: bool

    @property
    def extensions(self) -> tuple[Extension, ...]:
        """All accepted extensions: an id means the same in the whole bundle."""
        distinct = {id(s.extensions): s.extensions for s in self.sections if s.usable}
        known = {e.id: e for extensions in distinct.values() for e in extensions}
        return tuple(known.values())

    @property
    def codecs(self) -> tuple[Codec, ...]:
        """All supported codecs: a payload type means the same in the whole bundle."""
        # Most sections share theirs: each of these tuples is looked at once.
        distinct = {id(s.codecs): s.codecs for s in self.sections if s.usable}
        known = {c.payload_type: c for codecs in distinct.values() for c in codecs}
        return tuple(known.values())


@dataclass(frozen=True, slots=True)
class Candidate:
    """Where clients reach us; by TCP they connect and we are passive (RFC 6544 §4.1)."""

    address: str
    port: int
    transport: Literal["udp", "tcp"] = "udp"


@dataclass(frozen=True, slots=True)
class Local:
    """Our side of the transport.

    `candidates` come in the order in which clients shall prefer them, those by UDP first; `version`
    grows with each answer (RFC 8866 §5.2).
    """

    ufrag: str
    pwd: str
    fingerprint: Fingerprint
    candidates: tuple[Candidate, ...]
    session: int
    version: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What we send in a section; `format` is the codec to put first, `rtx_ssrc` 0 means none."""

    stream: str
    track: str
    ssrc: int
    rtx_ssrc: int
    format: tuple[str, ...]


def is_number(text: str) -> bool:
    return len(text) <= 10 and text.isascii() and text.isdigit()


MEDIA = ("audio", "video")

FORMAT_PARAMETERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "h264": (("profile-level-id", "42000a"), ("packetization-mode", "0")),
    "vp9": (("profile-id", "0"),),
    "av1": (("profile", "0"),),
}
