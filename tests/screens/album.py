"""Pictures of screens, and the sheets that they are put together on."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

from tests.browser.visitor import Visitor

Theme = Literal["light", "dark"]
Size = Literal["wide", "phone"]
SIZES: dict[Size, tuple[int, int]] = {"wide": (1280, 800), "phone": (360, 740)}
THEMES: tuple[Theme, Theme] = ("light", "dark")
LANGUAGES = {"fr": "Français", "en": "English"}


@dataclass(frozen=True, slots=True)
class Look:
    """One way to look at a screen."""

    language: str
    theme: Theme
    size: Size

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.size}"


class Album:
    """What was looked at, by screen and look; also in `folder`, where one is given."""

    def __init__(self, folder: Path | None) -> None:
        self.pictures: dict[str, dict[Look, bytes]] = {}
        self._folder = folder
        if folder:
            folder.mkdir(parents=True, exist_ok=True)

    def take(self, visitor: Visitor, name: str, *sizes: Size) -> None:
        """Both themes; wide and on a phone, unless said."""
        for theme, size in looks(visitor, sizes or tuple(SIZES)):
            look = Look(visitor.language, theme, size)
            picture = visitor.page.screenshot(type="jpeg", quality=90)
            self.pictures.setdefault(name, {})[look] = picture
            if self._folder:
                (self._folder / f"{name}-{look}.jpg").write_bytes(picture)

    def write(self, browser: Browser, folder: Path) -> None:
        """A sheet for each screen."""
        page = browser.new_page()
        for name, pictures in self.pictures.items():
            (folder / f"{name}.webp").write_bytes(_webp(page, _sheet(name, pictures)))
        page.close()

    def write_small(self, browser: Browser, folder: Path, chosen: Mapping[str, Look]) -> None:
        """Of some screens one look, for a page that shows them among words."""
        page = browser.new_page()
        for name, look in chosen.items():
            picture = _Drawn(_data(self.pictures[name][look]), 0, 0, 640, 400)
            small = _Sheet(640, 400, [picture], [])
            (folder / f"small-{name}.webp").write_bytes(_webp(page, small))
        page.close()


def looks(visitor: Visitor, sizes: Sequence[Size]) -> Iterator[tuple[Theme, Size]]:
    """Bring a page into each look, in place: what is open stays open."""
    page = visitor.page
    given = page.evaluate("document.documentElement.dataset.theme")
    before = page.viewport_size or {"width": 0, "height": 0}
    for size in sizes:
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            page.evaluate(_SET_THEME, theme)
            visitor.comes_to_rest()
            yield theme, size
    page.set_viewport_size(before)
    page.evaluate(_SET_THEME, given)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A picture, as a data: URL, and where it goes."""

    picture: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Sheet:
    """`words` are texts with where their line begins."""

    width: int
    height: int
    pictures: list[_Drawn]
    words: list[tuple[str, int, int]]


def _sheet(name: str, pictures: Mapping[Look, bytes]) -> _Sheet:
    """Languages below one another, themes side by side."""
    sheet = _Sheet(2 * _CELL + 3 * _GAP, 2 * (_TALL + _LINE) + _LINE + _GAP, [], [])
    sheet.words.append((name, _GAP, 26))
    for look, picture in pictures.items():
        x = _GAP + THEMES.index(look.theme) * (_CELL + _GAP)
        y = _LINE + list(LANGUAGES).index(look.language) * (_TALL + _LINE) + _LINE
        if look.size == "wide":
            sheet.words.append((f"{LANGUAGES[look.language]}, {look.theme}", x, y - 10))
            sheet.pictures.append(_Drawn(_data(picture), x, y, _WIDE, _TALL))
        else:
            sheet.pictures.append(_Drawn(_data(picture), x + _WIDE + 10, y, _NARROW, _TALL))
    return sheet


def _data(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"


def _webp(page: Page, sheet: _Sheet) -> bytes:
    return base64.b64decode(page.evaluate(_DRAW, {**asdict(sheet), "quality": _QUALITY}))


_WIDE, _NARROW, _TALL = 560, 170, 350
_CELL = _WIDE + 10 + _NARROW
_GAP, _LINE = 20, 36
_QUALITY = 0.7
"""Of WebP: more is sharper, less is smaller."""

_SET_THEME = "theme => { document.documentElement.dataset.theme = theme }"
_DRAW = """async ({ width, height, pictures, words, quality }) => {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#e3e3e8";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#161616";
  context.font = "15px sans-serif";
  for (const [text, x, y] of words) context.fillText(text, x, y);
  for (const { picture, x, y, width, height } of pictures) {
    const bitmap = await createImageBitmap(await (await fetch(picture)).blob());
    context.drawImage(bitmap, x, y, width, height);
  }
  const blob = await canvas.convertToBlob({ type: "image/webp", quality });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}"""
