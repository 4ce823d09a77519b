"""The loss table as three curves, in SVG."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

Curve = Sequence[tuple[float, float]]
"""Loss and value, both as they are shown."""


def draw(file: Path, panels: Mapping[str, Mapping[str, Curve]]) -> None:
    """A panel a measure: its title, and a curve of each name, over the loss in per cent."""
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    parts = [_legend(names)]
    for index, (title, curves) in enumerate(panels.items()):
        parts.append(f'<g transform="translate({50 + index * (_WIDTH + 60)},60)">')
        parts += _panel(title, curves, names)
        parts.append("</g>")
    size = f'width="{len(panels) * (_WIDTH + 60) + 20}" height="{_HEIGHT + 110}"'
    style = 'font-family="sans-serif" font-size="12" style="background:white"'
    file.parent.mkdir(parents=True, exist_ok=True)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>'
    file.write_text("\n".join([svg, *parts, "</svg>\n"]))


def _legend(names: Sequence[str]) -> str:
    return "".join(
        f'<text x="{50 + index * 230}" y="20" fill="{_COLOURS[index]}">{escape(name)}</text>'
        for index, name in enumerate(names)
    )


def _panel(title: str, curves: Mapping[str, Curve], names: Sequence[str]) -> list[str]:
    points = [point for curve in curves.values() for point in curve]
    widest = max([x for x, _ in points], default=0) or 1
    highest = max([y for _, y in points], default=0) or 1
    lines = [
        f'<text y="-10">{escape(title)}</text>',
        f'<path d="M0 0V{_HEIGHT}H{_WIDTH}" fill="none" stroke="black"/>',
        f'<text x="-6" y="10" text-anchor="end">{highest:.3g}</text>',
        f'<text x="-6" y="{_HEIGHT}" text-anchor="end">0</text>',
        f'<text x="{_WIDTH}" y="{_HEIGHT + 18}" text-anchor="end">{widest:.0f} % lost</text>',
    ]
    for name, curve in curves.items():
        at = [(x / widest * _WIDTH, _HEIGHT - y / highest * _HEIGHT) for x, y in curve]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        colour = _COLOURS[names.index(name)]
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return lines


_WIDTH, _HEIGHT = 240, 180
_COLOURS = ("#b8392e", "#1f5fbf", "#2e8b57")
