"""The colours of the interface that follow from one accent, and whether they can be read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Theme = Literal["light", "dark"]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class TooFaint:
    """The worst contrast in a theme, which is below what WCAG 2.2 demands of texts (1.4.3)."""

    theme: Theme
    contrast: float


@dataclass(frozen=True)
class Palettes:
    """CSS colours by the names of web/src/design/tokens.css, for each theme."""

    light: Mapping[str, str]
    dark: Mapping[str, str]
    faults: tuple[TooFaint, ...]


def palettes(accent: str, accent_dark: str = "") -> Palettes:
    """What follows from an accent "#rrggbb"; without one of its own the dark theme has a tint of
    it that can be read."""
    light = _light(_parse(accent))
    dark = _dark(_parse(accent_dark)) if accent_dark else _tinted(_parse(accent))
    worst: dict[Theme, float] = {
        "light": _worst(light, _LIGHT_GROUNDS),
        "dark": _worst(dark, _DARK_GROUNDS),
    }
    return Palettes(
        _written(light),
        _written(dark),
        # Rounded down: 4.49 is not called 4.5.
        tuple(
            TooFaint(theme, int(found * 10) / 10) for theme, found in worst.items() if found < LEAST
        ),
    )


def stylesheet(found: Palettes) -> str:
    """The palettes as CSS, for after the client's own."""
    return f':root{{{_declared(found.light)}}}:root[data-theme="dark"]{{{_declared(found.dark)}}}'


def contrast(one: Colour, other: Colour) -> float:
    """The ratio of WCAG 2.2, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _light(accent: Colour) -> dict[str, Colour]:
    return {
        "accent": accent,
        "accent-hover": _mix(accent, _WHITE, 0.1),
        "accent-pressed": _mix(accent, _BLACK, 0.2),
        "on-accent": _WHITE,
        "accent-text": accent,
        "accent-soft": _mix(_WHITE, accent, 0.07),
        "accent-soft-hover": _mix(_WHITE, accent, 0.12),
    }


def _dark(accent: Colour) -> dict[str, Colour]:
    return {
        "accent": accent,
        "accent-hover": _mix(accent, _WHITE, 0.2),
        "accent-pressed": _mix(accent, _BLACK, 0.08),
        "on-accent": _mix(_BLACK, accent, 0.1),
        "accent-text": _mix(accent, _WHITE, 0.35),
        "accent-soft": _mix(_DARK_SURFACE, accent, 0.15),
        "accent-soft-hover": _mix(_DARK_SURFACE, accent, 0.22),
    }


def _tinted(accent: Colour) -> dict[str, Colour]:
    """The least tint towards white with which everything can be read: white itself can."""
    tints = (_dark(_mix(accent, _WHITE, step / 20)) for step in range(21))
    return next(tint for tint in tints if _worst(tint, _DARK_GROUNDS) >= LEAST)


def _worst(palette: Mapping[str, Colour], grounds: tuple[Colour, ...]) -> float:
    """Of all that is written in one of these colours or on it."""
    buttons = ("accent", "accent-hover", "accent-pressed")
    grounds = (*grounds, palette["accent-soft"], palette["accent-soft-hover"])
    return min(
        *(contrast(palette["on-accent"], palette[name]) for name in buttons),
        *(contrast(palette["accent-text"], ground) for ground in grounds),
    )


def _luminance(colour: Colour) -> float:
    parts = (value / 255 for value in colour)
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _parse(text: str) -> Colour:
    red, green, blue = bytes.fromhex(text.removeprefix("#"))
    return red, green, blue


def _written(palette: Mapping[str, Colour]) -> dict[str, str]:
    return {name: f"#{bytes(colour).hex()}" for name, colour in palette.items()}


def _declared(palette: Mapping[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in palette.items())


LEAST = 4.5
"""The contrast that WCAG 2.2 AA demands of texts."""
COLOUR = r"^#[0-9a-f]{6}$"
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
_DARK_SURFACE = (0x19, 0x19, 0x24)
# --page, --surface, --sunken, and --hover or --raised of tokens.css: what texts stand on.
_LIGHT_GROUNDS: tuple[Colour, ...] = (
    (0xF6, 0xF6, 0xFB),
    _WHITE,
    (0xF1, 0xF1, 0xF8),
    (0xEC, 0xEC, 0xF5),
)
_DARK_GROUNDS: tuple[Colour, ...] = (
    (0x0F, 0x0F, 0x17),
    _DARK_SURFACE,
    (0x13, 0x13, 0x1C),
    (0x22, 0x22, 0x2F),
)
