import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visio import logos
from visio.errors import LogoUnusable

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def drawn(inside: str, attributes: str = "") -> str:
    """What is left of an SVG."""
    logo = logos.cleaned(f"<svg {SVG} {attributes}>{inside}</svg>".encode())
    assert logo.kind == "image/svg+xml"
    return logo.data.decode()


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(*more: bytes, width: int = 1, height: int = 1) -> bytes:
    """One grey pixel, with further chunks."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    picture = chunk(b"IDAT", zlib.compress(b"\x00\x80"))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + picture + chunk(b"IEND")


def test_a_drawing_is_kept() -> None:
    inside = (
        '<defs><linearGradient id="g"><stop offset="0" stop-color="#123456"></stop>'
        "</linearGradient></defs>"
        '<g transform="scale(2)"><path d="M0 0h9v9z" fill="url(#g)"></path>'
        '<text x="1">Préfecture &amp; co</text></g>'
    )
    assert drawn(inside, 'viewBox="0 0 9 9"') == (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{inside}</svg>'
    )


def test_harmless_styles_are_kept() -> None:
    assert 'style="fill:#fff;stroke:url(#g)"' in drawn('<path style="fill: #fff; stroke:url(#g)"/>')


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<path onload="alert(1)" d="M0 0"/>',
        '<path ONLOAD="alert(1)"/>',
        '<image href="https://evil.example/x.png"/>',
        '<use href="#a"/>',
        '<use xlink:href="https://evil.example/x.svg#a"/>',
        '<a href="javascript:alert(1)"><path/></a>',
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></body>'
        "</foreignObject>",
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<set attributeName="onmouseover" to="alert(1)"/>',
        '<path fill="url(https://evil.example/x)"/>',
        "<path fill=\"url( '//evil.example/x')\"/>",
        '<path style="fill:url(https://evil.example/x)"/>',
        '<path style="background-image:url(https://evil.example/x)"/>',
        '<path fill="\\75 rl(https://evil.example/x)"/>',
        '<path style="fill:red;behavior:url(#evil.example)"/>',
        '<linearGradient xlink:href="https://evil.example/x"/>',
        '<svg xmlns="evil.example"><script>alert(1)</script></svg>',
        "<!-- evil.example --><?evil.example alert?>",
        "<metadata>evil.example</metadata>",
    ],
)
def test_whatever_runs_or_leads_elsewhere_is_gone(inside: str) -> None:
    left = drawn(inside).lower()
    for word in ("alert", "evil", "script", "onload", "use", "xhtml", "behavior", "image"):
        assert word not in left, left


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"<html xmlns='http://www.w3.org/1999/xhtml'/>",
        b"<svg/>",  # of no namespace: browsers would show nothing
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        f"<svg {SVG}><style>path {{ fill: red }}</style></svg>".encode(),
        f"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg {SVG}>&a;</svg>".encode(),
        f"<svg {SVG}>{'<g>' * 40}{'</g>' * 40}</svg>".encode(),
        f"<svg {SVG}>{'<x>' * 40}{'</x>' * 40}</svg>".encode(),
        f"<svg {SVG}>{'<g/>' * 2001}</svg>".encode(),
        b" " * (logos.LARGEST + 1),
    ],
    ids=lambda data: data[:40],
)
def test_what_is_no_usable_drawing_is_refused(data: bytes) -> None:
    with pytest.raises(LogoUnusable):
        logos.cleaned(data)


def test_of_a_png_only_the_picture_is_kept() -> None:
    secret = chunk(b"tEXt", b"Comment\x00made at home")
    logo = logos.cleaned(png(secret, chunk(b"eXIf", b"place")) + b"<script>")
    assert (logo.data, logo.kind) == (png(), "image/png")


@pytest.mark.parametrize(
    "data",
    [
        png(width=1025),
        png(height=0),
        png()[:-1],
        png().replace(b"IDAT", b"IDAX"),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IEND"),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"short") + chunk(b"IEND"),
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 40,
    ],
    ids=["wide", "flat", "cut", "damaged", "headless", "short", "garbage"],
)
def test_pngs_that_are_damaged_or_too_large_are_refused(data: bytes) -> None:
    with pytest.raises(LogoUnusable):
        logos.cleaned(data)


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_be_refused(noise: bytes) -> None:
    for data in (noise, b"\x89PNG\r\n\x1a\n" + noise, png()[:33] + noise, b"<svg " + noise):
        with pytest.raises(LogoUnusable):
            logos.cleaned(data)
