"""Pictures that strangers to us drew, made safe to show: of what they hold, only what is known to
be harmless is kept."""

import re
import struct
import zlib
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from visio.errors import LogoUnusable


@dataclass(frozen=True)
class Logo:
    """A picture and its media type."""

    data: bytes
    kind: str


def cleaned(data: bytes) -> Logo:
    """The logo without anything but its picture; raises LogoUnusable."""
    if len(data) > LARGEST:
        raise LogoUnusable(f"A logo has at most {LARGEST // 1024} KiB.")
    if data.startswith(_PNG):
        return Logo(_clean_png(data), "image/png")
    return Logo(_Drawing().clean(data), "image/svg+xml")


class _Drawing:
    """Writes an SVG anew while reading it."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._open: list[str] = []
        self._dropped = 0
        self._elements = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def clean(self, data: bytes) -> bytes:
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError:
            raise LogoUnusable("This is neither a PNG nor an SVG.") from None
        return "".join(self._written).encode()

    def _refuse_doctype(self, *_: object) -> None:
        # Without a document type there are no entities that could grow.
        raise LogoUnusable("An SVG with a document type is not taken.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(" ")
        self._elements += 1
        if self._elements > _MOST_ELEMENTS or len(self._open) + self._dropped > _DEEPEST:
            raise LogoUnusable("This SVG is too intricate.")
        if self._elements == 1 and (namespace, tag) != (_SVG, "svg"):
            raise LogoUnusable("This is neither a PNG nor an SVG.")
        if namespace == _SVG and tag == "style":
            raise LogoUnusable("Export the SVG without a style element.")
        if self._dropped or namespace != _SVG or tag not in _ELEMENTS:
            self._dropped += 1
            return
        first = "" if self._open else f' xmlns="{_SVG}"'
        kept = "".join(f" {key}={quoteattr(value)}" for key, value in _kept(tag, attributes))
        self._written.append(f"<{tag}{first}{kept}>")
        self._open.append(tag)

    def _end(self, _name: str) -> None:
        if self._dropped:
            self._dropped -= 1
        else:
            self._written.append(f"</{self._open.pop()}>")

    def _text(self, text: str) -> None:
        if (
            not self._dropped
            and self._open
            and self._open[-1] in ("title", "desc", "text", "tspan")
        ):
            self._written.append(escape(text))


def _kept(tag: str, attributes: dict[str, str]) -> list[tuple[str, str]]:
    kept = []
    for name, value in attributes.items():
        if name == "style":
            kept.append((name, _kept_style(value)))
        elif name in ("href", f"{_XLINK} href"):
            if tag in _GRADIENTS and re.fullmatch(r"#[\w:.-]+", value):
                kept.append(("href", value))
        elif name in _ATTRIBUTES and _is_harmless(value):
            kept.append((name, value))
    return kept


def _kept_style(text: str) -> str:
    pairs = (part.partition(":") for part in text.split(";"))
    return ";".join(
        f"{name.strip()}:{value.strip()}"
        for name, _, value in pairs
        if name.strip() in _ATTRIBUTES and _is_harmless(value)
    )


def _is_harmless(value: str) -> bool:
    """Whether it leads nowhere but to the drawing itself."""
    rest = re.sub(r"url\(\s*#[\w:.-]+\s*\)", "", value)
    return not re.search(r"url|script|expression|image|[\\<>@;{}]|/\*|//", rest, re.IGNORECASE)


def _clean_png(data: bytes) -> bytes:
    """Only the chunks that make the picture: no texts, no places, no profiles."""
    kept, at, seen = [_PNG], len(_PNG), False
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        chunk = data[at : at + 12 + length]
        kind, at = chunk[4:8], at + len(chunk)
        if len(chunk) != 12 + length or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
            break
        if seen == (kind == b"IHDR"):
            break
        if kind == b"IHDR":
            _check_size(chunk[8:-4])
            seen = True
        if kind in _CHUNKS:
            kept.append(chunk)
        if kind == b"IEND":
            return b"".join(kept)
    raise LogoUnusable("This PNG is damaged.")


def _check_size(header: bytes) -> None:
    width, height = struct.unpack_from(">II", header) if len(header) == 13 else (0, 0)
    if not (0 < width <= _WIDEST and 0 < height <= _WIDEST):
        raise LogoUnusable(f"A PNG has at most {_WIDEST} pixels in each direction.")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LARGEST = 32 * 1024
"""Bytes: with a request's other fields it has to fit into what the server reads."""
# Pixels in each direction: a few bytes can stand for very many.
_WIDEST = 1024
_MOST_ELEMENTS = 2000
_DEEPEST = 32
_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"IDAT", b"IEND")
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_WORDED = ("title", "desc", "text", "tspan")
_GRADIENTS = ("linearGradient", "radialGradient")
# No `use`: a few lines of it can stand for millions of shapes.
_ELEMENTS = _words(
    "svg g defs title desc path rect circle ellipse line polyline polygon text tspan clipPath mask "
    "linearGradient radialGradient stop"
)
_ATTRIBUTES = _words(
    "id version viewBox preserveAspectRatio width height x y x1 y1 x2 y2 cx cy r rx ry fx fy fr d "
    "points dx dy rotate transform offset gradientUnits gradientTransform spreadMethod "
    "clipPathUnits maskUnits maskContentUnits pathLength clip-path clip-rule mask fill fill-rule "
    "fill-opacity stroke stroke-width stroke-linecap stroke-linejoin stroke-miterlimit "
    "stroke-dasharray stroke-dashoffset stroke-opacity opacity color stop-color stop-opacity "
    "font-family font-size font-style font-weight letter-spacing text-anchor dominant-baseline "
    "visibility display vector-effect shape-rendering text-rendering"
)
