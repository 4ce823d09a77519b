"""Drawn people in drawn offices, which cameras show, and a slide, which somebody shares."""

from io import BytesIO
from typing import Any

import av
from playwright.sync_api import Browser

WIDTH, HEIGHT = 640, 360


def drawn(browser: Browser, *drawings: str) -> list[bytes]:
    """Each SVG as a JPEG."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    pictures = []
    for drawing in drawings:
        page.set_content(f"<style>body {{ margin: 0 }}</style>{drawing}")
        pictures.append(page.screenshot(type="jpeg", quality=92))
    page.close()
    return pictures


def pixels(picture: bytes) -> bytes:
    """RGBA of a JPEG."""
    with av.open(BytesIO(picture)) as container:
        frame: Any = next(container.decode(video=0))
        return bytes(frame.to_ndarray(format="rgba").tobytes())


def portrait(number: int) -> str:
    """Somebody at a desk."""
    skin, hair, coat, wall = LOOKS[number % len(LOOKS)]
    back = _LONG if number % 2 else ""
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">
<defs>
  <linearGradient id="wall" x2="1" y2="1"><stop stop-color="{wall}"/>
    <stop offset="1" stop-color="#2b2f38"/></linearGradient>
  <linearGradient id="coat" y2="1" x2="0"><stop stop-color="{coat}"/>
    <stop offset="1" stop-color="#14161c"/></linearGradient>
  <radialGradient id="face" cx=".4" cy=".35" r=".8"><stop stop-color="{skin}"/>
    <stop offset="1" stop-color="{skin}" stop-opacity=".8"/></radialGradient>
</defs>
<rect width="640" height="360" fill="url(#wall)"/>
{_BEHIND[number % len(_BEHIND)]}
<g fill="{hair}">{back}<ellipse cx="320" cy="137" rx="72" ry="80"/></g>
<path d="M285 205h70v60h-70z" fill="{skin}"/>
<path d="M285 215q35 30 70 0v20q-35 26-70 0z" fill="#000" opacity=".14"/>
<path d="M150 360q8-108 118-118l52 26 52-26q110 10 118 118z" fill="url(#coat)"/>
<path d="M268 242l52 62 52-62-22-8-30 30-30-30z" fill="#f4f1ec"/>
<ellipse cx="320" cy="160" rx="56" ry="70" fill="{skin}"/>
<ellipse cx="320" cy="160" rx="56" ry="70" fill="url(#face)"/>
<path d="M262 150q4-68 58-68t58 68q-14-40-40-46-30 22-62 14-10 12-14 32z" fill="{hair}"/>
<g fill="#23201e"><ellipse cx="299" cy="160" rx="5" ry="4"/>
<ellipse cx="341" cy="160" rx="5" ry="4"/>
<path d="M287 146q12-7 24-1v4q-12-5-24 1zM353 146q-12-7-24-1v4q12-5 24 1z" fill="{hair}"/></g>
<path d="M318 166q-8 18 4 20" fill="none" stroke="#000" stroke-opacity=".25" stroke-width="3"/>
<path d="M300 201q20 14 40 0-6 16-20 16t-20-16z" fill="#a8474a"/>
</svg>"""


def slide() -> str:
    """What somebody presents."""
    bars = "".join(
        f'<rect x="{70 + 76 * place}" y="{290 - height}" width="46" height="{height}" '
        f'fill="{colour}"/>'
        f'<text x="{93 + 76 * place}" y="310" text-anchor="middle" font-size="13">{year}</text>'
        for place, (year, height, colour) in enumerate(_BARS)
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"
font-family="sans-serif" fill="#161616"><rect width="640" height="360" fill="#fff"/>
<rect width="640" height="8" fill="#000091"/><text x="48" y="58" font-size="26" font-weight="700">
Budget 2027 : dépenses d’énergie</text><text x="48" y="84" font-size="15" fill="#555">En milliers
d’euros, par exercice</text><path d="M48 290h400" stroke="#999"/>{bars}
<text x="470" y="150" font-size="15" font-weight="700">Nouveau marché</text>
<text x="470" y="172" font-size="14">en vigueur en mars</text>
<text x="470" y="206" font-size="34" font-weight="700" fill="#000091">− 8 %</text></svg>"""


LOOKS = [
    ("#e8b796", "#4a2c1d", "#33518c", "#8fa3b5"),
    ("#a9714b", "#1d1512", "#7a2f3f", "#b9a98f"),
    ("#f0c6a8", "#7b4a22", "#2f5d50", "#9db0a5"),
    ("#efc3a0", "#b98a4c", "#4b4f66", "#a7a2b8"),
    ("#d9a27a", "#2b1d17", "#1f2a44", "#8c98a8"),
    ("#7a4b32", "#130d0b", "#8a5a1f", "#a3b4ae"),
]
"""Skin, hair, coat and wall."""
_LONG = '<path d="M248 130q-16 110 4 150h136q20-40 4-150z"/>'
_BEHIND = [
    '<rect x="40" y="40" width="150" height="190" fill="#dfe9f2" opacity=".55"/>'
    '<path d="M115 40v190M40 135h150" stroke="#6d7884" stroke-width="6" opacity=".6"/>',
    '<g opacity=".6"><path d="M430 60h190v10H430zM430 150h190v10H430z" fill="#5a4634"/>'
    '<path d="M440 16h16v44h-16zM470 22h14v38h-14zM560 18h18v42h-18z" fill="#7d2f33"/>'
    '<path d="M446 100h18v50h-18zM500 108h14v42h-14zM590 96h16v54h-16z" fill="#2f4d74"/></g>',
    '<circle cx="545" cy="96" r="44" fill="#f3e7c9" opacity=".5"/>'
    '<path d="M60 360q-10-120 40-160 50 40 40 160z" fill="#3d6b4a" opacity=".7"/>',
]
_BARS = [
    ("2023", 96, "#6a6af4"),
    ("2024", 138, "#6a6af4"),
    ("2025", 152, "#6a6af4"),
    ("2026", 170, "#6a6af4"),
    ("2027", 120, "#000091"),
]
