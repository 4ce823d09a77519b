"""A client's offer read (RFC 8866, RFC 9429, RFC 9143): linear, capped, refusing in sentences."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from sfu.errors import SdpError, SdpTooLarge
from sfu.sdp.description import (
    MEDIA,
    Codec,
    Direction,
    Extension,
    Fingerprint,
    Offer,
    Section,
    is_number,
)
from sfu.sdp.formats import FORMAT_LINES, TOKEN, read_formats, remembered_formats


def parse(text: str, *, is_answer: bool = False) -> Offer:
    """Read a client's offer, or its answer to ours, in which it repeats what it accepts of it.

    Takes time linear in its length and refuses what is longer than any client needs before looking
    further. Raises `SdpError` with a sentence, and nothing else, whatever the text.
    """
    if len(text) > MAX_LENGTH or len(text.encode(errors="replace")) > MAX_LENGTH:
        raise SdpTooLarge(f"The offer is longer than {MAX_LENGTH // 1024} kB.")
    text = text.replace("\r\n", "\n")
    _refuse_bombs(text)
    head, *bodies = ("\n" + text).split("\nm=")
    session = _Draft()
    _read_lines(session, head)
    drafts = _read_sections(bodies)
    _refuse_repeats(drafts)
    if not is_answer:
        _refuse_servers(drafts)
    _refuse_ambiguous_extensions(drafts)
    bundle = _bundle(session, drafts)
    owner = next((draft for draft in drafts if draft.mid in bundle), session)
    codecs = _shared_codecs(drafts)
    return Offer(
        ufrag=_credential("ice-ufrag", owner.ufrag or session.ufrag, 4),
        pwd=_credential("ice-pwd", owner.pwd or session.pwd, 22),
        fingerprints=_fingerprints(owner, session),
        sections=tuple(draft.section(codecs, draft.mid in bundle) for draft in drafts),
        bundle=bundle,
        extmap_allow_mixed=session.extmap_allow_mixed,
    )


@dataclass(slots=True)
class _Draft:
    """A section, or the session part, while its lines are read."""

    kind: str = ""
    port: str = ""
    protocol: str = ""
    formats: tuple[str, ...] = ()
    mid: str = ""
    direction: Direction = "sendrecv"
    bundle_only: bool = False
    rtcp_mux: bool = False
    ufrag: str = ""
    pwd: str = ""
    setup: str = ""
    fingerprints: list[Fingerprint] = field(default_factory=list)
    groups: list[tuple[str, ...]] = field(default_factory=list)
    extmap_allow_mixed: bool = False
    codecs: tuple[Codec, ...] = ()
    extensions: tuple[Extension, ...] = ()
    sent_rids: list[str] = field(default_factory=list)
    simulcast: list[str] = field(default_factory=list)
    ssrcs: dict[int, None] = field(default_factory=dict)
    repairs: dict[int, int] = field(default_factory=dict)
    simulcast_ssrcs: tuple[int, ...] = ()
    stream: str = ""
    track: str = ""

    def section(self, codecs: Mapping[int, tuple[Codec, ...]], bundled: bool) -> Section:
        own = codecs[id(self.codecs)]
        media = self.kind in MEDIA
        has_codec = any(not codec.repairs for codec in own)
        known = has_codec and self.rtcp_mux if media else self.protocol in DATA_PROTOCOLS
        rids = tuple(rid for rid in self.simulcast if rid in self.sent_rids)
        layers = tuple(ssrc for ssrc in self.simulcast_ssrcs if ssrc not in self.repairs)
        if rids or len(layers) < 2:
            layers = ()
        ssrcs = dict.fromkeys((*layers, *self.ssrcs))
        primary = tuple(ssrc for ssrc in ssrcs if ssrc not in self.repairs)
        repairs = {repaired: ssrc for ssrc, repaired in self.repairs.items()}
        return Section(
            kind=self.kind,
            mid=self.mid,
            protocol=self.protocol,
            formats=self.formats,
            direction=self.direction,
            usable=known and bundled and (self.port != "0" or self.bundle_only),
            codecs=own,
            extensions=self.extensions,
            rids=rids,
            ssrcs=primary,
            rtx_ssrcs=tuple(repairs[ssrc] for ssrc in primary if ssrc in repairs),
            simulcast_ssrcs=layers,
            stream=self.stream,
            track=self.track,
        )


def _refuse_bombs(text: str) -> None:
    # Counting before reading: str.count takes microseconds where the parser would take a second.
    for needle, cap, what in CAPS:
        if text.count(needle) > cap:
            raise SdpTooLarge(f"The offer has more than {cap} {what}.")
    if max(map(len, text.split("\n"))) > MAX_LINE:
        raise SdpError(f"The offer has a line of more than {MAX_LINE} characters.")
    if CONTROL.search(text):
        raise SdpError("The offer contains control characters.")
    if not text.startswith("v=0\n"):
        raise SdpError("The offer does not begin with v=0.")


def _refuse_repeats(drafts: list[_Draft]) -> None:
    mids: set[str] = set()
    for draft in drafts:
        if not TOKEN.fullmatch(draft.mid) or len(draft.mid) > 16:
            raise SdpError("Each section of the offer needs a mid of 1 to 16 letters.")
        if draft.mid in mids:
            raise SdpError(f"Two sections of the offer have the mid {draft.mid}.")
        mids.add(draft.mid)
    if sum(draft.kind == "application" for draft in drafts) > 1:
        raise SdpError("The offer has more than one section for data channels.")


def _refuse_servers(drafts: list[_Draft]) -> None:
    # Answers are not asked: Pion says "passive" in any, and is the client of our passive offer.
    if any(draft.setup == "passive" for draft in drafts):
        raise SdpError("The client must be the DTLS client: setup:actpass or setup:active.")


def _bundle(session: _Draft, drafts: list[_Draft]) -> tuple[str, ...]:
    """The mids of the one transport: the first BUNDLE group, or the only section without one."""
    known = {draft.mid: None for draft in drafts}
    for semantics, *mids in session.groups:
        if semantics == "BUNDLE":
            return tuple(mid for mid in dict.fromkeys(mids) if mid in known)
    if len(drafts) > 1:
        raise SdpError("The sections of the offer are not bundled on one transport.")
    return tuple(known)


def _shared_codecs(drafts: list[_Draft]) -> dict[int, tuple[Codec, ...]]:
    """The codecs of each draft's `codecs`, by the identity of these, all of one mind.

    What each payload type means: libwebrtc refuses an answer that is not of one mind on it.
    """
    known: dict[int, Codec] = {}
    meanings: dict[int, tuple[str, int, int]] = {}
    distinct = {id(draft.codecs): draft.codecs for draft in drafts}  # most sections share theirs
    for codec in (codec for codecs in distinct.values() for codec in codecs):
        meaning = (codec.name.lower(), codec.clock_rate, codec.channels)
        if meanings.setdefault(codec.payload_type, meaning) != meaning:
            raise SdpError(f"The payload type {codec.payload_type} has two meanings.")
        first = known.setdefault(codec.payload_type, codec)
        if first.feedback != codec.feedback:
            both = tuple(kind for kind in first.feedback if kind in codec.feedback)
            known[codec.payload_type] = replace(first, feedback=both)
    return {
        number: tuple(known[codec.payload_type] for codec in codecs)
        for number, codecs in distinct.items()
    }


def _refuse_ambiguous_extensions(drafts: list[_Draft]) -> None:
    known: dict[int, str] = {}
    distinct = {id(draft.extensions): draft.extensions for draft in drafts}
    for extension in (extension for extensions in distinct.values() for extension in extensions):
        if known.setdefault(extension.id, extension.uri) != extension.uri:
            raise SdpError(f"The header extension id {extension.id} has two meanings.")


def _credential(name: str, value: str, shortest: int) -> str:
    # RFC 8839 §5.4
    if not (shortest <= len(value) <= 256 and ICE_CHARACTERS.fullmatch(value)):
        raise SdpError(f"The offer has no valid {name}.")
    return value


def _fingerprints(owner: _Draft, session: _Draft) -> tuple[Fingerprint, ...]:
    fingerprints = tuple(owner.fingerprints or session.fingerprints)
    if not fingerprints:
        raise SdpError("The offer has no fingerprint by SHA-256, SHA-384 or SHA-512.")
    return fingerprints


def _read_sections(bodies: list[str]) -> list[_Draft]:
    # Odd parts are runs of lines about formats: nine tenths of an offer.
    parts = [FORMAT_LINES.split("\nm=" + body) for body in bodies]
    others = ["".join(part[::2]) for part in parts]
    described = ["".join(part[1::2]) for part in parts]
    if sum(lines.count("\n") for lines in others) > MAX_OTHER_LINES:
        raise SdpTooLarge(f"The offer has more than {MAX_OTHER_LINES} lines besides its formats.")
    drafts = [_read_media(lines) for lines in others]
    _refuse_descriptions({(d.formats, lines) for d, lines in zip(drafts, described, strict=True)})
    for draft, other, lines in zip(drafts, others, described, strict=True):
        # All sections of all clients of one make say the same: remember what it means.
        read = remembered_formats if len(lines) < 16384 else read_formats
        draft.codecs, draft.extensions = read(draft.kind, draft.formats, lines)
        _read_lines(draft, other)
    return drafts


def _refuse_descriptions(distinct: set[tuple[tuple[str, ...], str]]) -> None:
    if len(distinct) > MAX_DESCRIPTIONS:
        raise SdpError(f"The offer describes formats in more than {MAX_DESCRIPTIONS} ways.")
    if any(lines.count("\n") > MAX_FORMAT_LINES for _, lines in distinct):
        raise SdpError(f"A section has more than {MAX_FORMAT_LINES} lines about formats.")
    if sum(lines.count("\n") for _, lines in distinct) > MAX_DISTINCT_LINES:
        raise SdpError(f"The offer has more than {MAX_DISTINCT_LINES} different format lines.")


def _read_media(others: str) -> _Draft:
    _, media, *_ = others.split("\n", 2)
    kind, port, protocol, formats = _read_media_line(media.removeprefix("m="))
    return _Draft(kind, port, protocol, formats)


@lru_cache(maxsize=64)
def _read_media_line(media: str) -> tuple[str, str, str, tuple[str, ...]]:
    words = media.split()
    if len(words) < 4 or not VISIBLE.fullmatch(media):
        raise SdpError("The offer has a malformed m-line.")
    if len(words) > 3 + MAX_FORMATS:
        raise SdpError(f"A section of the offer has more than {MAX_FORMATS} formats.")
    kind, port, protocol, *formats = words
    return kind, port, protocol, tuple(dict.fromkeys(formats))


def _read_lines(draft: _Draft, text: str) -> None:
    for name, value in KNOWN_LINES.findall(text):
        ATTRIBUTES[name](draft, value.strip())


def _read_direction(direction: Direction) -> Callable[[_Draft, str], None]:
    def read(draft: _Draft, _: str) -> None:
        draft.direction = direction

    return read


def _read_word(name: str) -> Callable[[_Draft, str], None]:
    def read(draft: _Draft, value: str) -> None:
        setattr(draft, name, value)

    return read


def _read_flag(name: str) -> Callable[[_Draft, str], None]:
    def read(draft: _Draft, _: str) -> None:
        setattr(draft, name, True)

    return read


def _read_group(draft: _Draft, value: str) -> None:
    if value:
        draft.groups.append(tuple(value.split()))


def _read_fingerprint(draft: _Draft, value: str) -> None:
    if len(draft.fingerprints) < len(HASHES) and (fingerprint := _fingerprint(value)):
        draft.fingerprints.append(fingerprint)


@lru_cache(maxsize=256)
def _fingerprint(value: str) -> Fingerprint | None:
    """All sections of a client repeat the same, offer for offer."""
    algorithm, _, digest = value.partition(" ")
    fits = HASHES.get(algorithm.lower()) == len(digest) and DIGEST.fullmatch(digest)
    return Fingerprint(algorithm.lower(), digest.upper()) if fits else None


def _read_rid(draft: _Draft, value: str) -> None:
    rid, _, direction = value.partition(" ")
    if direction.split(" ", 1)[0] == "send":
        if len(draft.sent_rids) == MAX_LAYERS:
            raise SdpError(f"A section of the offer has more than {MAX_LAYERS} layers.")
        if not RID.fullmatch(rid):
            raise SdpError("A rid is 1 to 16 letters or digits.")
        draft.sent_rids.append(rid)


def _read_simulcast(draft: _Draft, value: str) -> None:
    words = value.split(maxsplit=4)  # RFC 8853 §5.1: one list for each direction
    for direction, layers in zip(words[::2], words[1::2], strict=False):
        if direction == "send":
            # The first of the alternatives; "~" marks a layer that begins paused.
            found = layers.split(";", MAX_LAYERS)[:MAX_LAYERS]
            names = (layer.split(",", 1)[0].lstrip("~") for layer in found)
            draft.simulcast = list(dict.fromkeys(names))


def _read_msid(draft: _Draft, value: str) -> None:
    stream, _, track = value.partition(" ")
    draft.stream, draft.track = stream, track.strip()


def _read_ssrc(draft: _Draft, value: str) -> None:
    number, _, attribute = value.partition(" ")
    if not is_number(number) or not 0 < int(number) < 2**32:
        raise SdpError("The offer has an SSRC that is no 32-bit number.")
    draft.ssrcs[int(number)] = None
    if attribute.startswith("msid:") and not draft.track:
        _read_msid(draft, attribute.removeprefix("msid:"))


def _read_ssrc_group(draft: _Draft, value: str) -> None:
    semantics, *numbers = value.split(maxsplit=MAX_LAYERS + 1)[: MAX_LAYERS + 1] or [""]
    ssrcs = [int(number) for number in numbers if is_number(number) and 0 < int(number) < 2**32]
    if semantics == "FID":
        draft.repairs.update((repair, ssrcs[0]) for repair in ssrcs[1:])
    elif semantics == "SIM":
        draft.simulcast_ssrcs = tuple(dict.fromkeys(ssrcs))[:MAX_SSRC_LAYERS]


MAX_LENGTH = 512 * 1024
"""The longest offer in bytes; a room of 49 tiles on one connection needs about half of it."""

MAX_LAYERS = 4

MAX_SSRC_LAYERS = 3
"""Layers that are told by their SSRCs: they have no names, and there are names for three."""

MAX_LINE = 4096
"""Characters of a line; the BUNDLE group of 400 sections has 1,600."""

CAPS = (
    ("\nm=", 400, "m-lines"),
    ("\na=candidate:", 64, "candidates"),
    ("\na=ssrc:", 1200, "SSRC lines"),
    ("\na=ssrc-group:", 600, "SSRC groups"),
    ("\na=group:", 64, "groups"),
    ("\na=fingerprint:", 800, "fingerprints"),
    ("\na=simulcast:", 400, "simulcasts"),
    ("\na=rid:", 1200, "rids"),
    ("\n", 20_000, "lines"),
)
"""What an offer may hold. Each line costs a microsecond or two of the event loop: raising these
lets one offer stall everybody's signalling longer; the largest rooms need half of them."""

MAX_OTHER_LINES = 8000
"""Lines about anything but formats; 14 a section are usual."""

MAX_FORMATS = 96
"""Payload types of a section: RTP has 96 beside RTCP (RFC 5761 §4), Chromium offers 50."""

MAX_FORMAT_LINES = 400
MAX_DISTINCT_LINES = 2000
MAX_DESCRIPTIONS = 16
"""Lines about formats, all different ones, and the ways to describe them that one offer may know:
Chromium has 180 lines for video, and four ways. They bound what is not remembered from others."""

DATA_PROTOCOLS = ("UDP/DTLS/SCTP", "TCP/DTLS/SCTP", "DTLS/SCTP")

HASHES: Mapping[str, int] = {"sha-256": 95, "sha-384": 143, "sha-512": 191}
"""The hash functions we verify, and the length of their text."""

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
VISIBLE = re.compile(r"[ -~]+")
RID = re.compile(r"[A-Za-z0-9]{1,16}")
ICE_CHARACTERS = re.compile(r"[A-Za-z0-9+/]+")
DIGEST = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})+")

ATTRIBUTES: Mapping[str, Callable[[_Draft, str], None]] = {
    "mid": _read_word("mid"),
    "sendrecv": _read_direction("sendrecv"),
    "sendonly": _read_direction("sendonly"),
    "recvonly": _read_direction("recvonly"),
    "inactive": _read_direction("inactive"),
    "bundle-only": _read_flag("bundle_only"),
    "rtcp-mux": _read_flag("rtcp_mux"),
    "extmap-allow-mixed": _read_flag("extmap_allow_mixed"),
    "ice-ufrag": _read_word("ufrag"),
    "ice-pwd": _read_word("pwd"),
    "setup": _read_word("setup"),
    "fingerprint": _read_fingerprint,
    "group": _read_group,
    "rid": _read_rid,
    "simulcast": _read_simulcast,
    "msid": _read_msid,
    "ssrc": _read_ssrc,
    "ssrc-group": _read_ssrc_group,
}

KNOWN_LINES = re.compile(
    rf"^a=({'|'.join(sorted(map(re.escape, ATTRIBUTES), reverse=True))})(?::([^\n]*))?$",
    re.MULTILINE,
)
"""What is not among them costs nothing: most lines of a bomb."""
