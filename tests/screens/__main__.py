"""A sheet of each screen, in both languages, light and dark, wide and on a phone.

Those of `walk.py`, that is: not the dialogs of the console, nor what an embedding page, an identity
provider, an invitation's link or a second window shows. The server is `visio serve` with the data
of a town (`town.py`), the people in its meetings are programs (`cast.py`). Sheets go to
`docs/screens/`, beside what the README shows.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.browser.chromium import ARGUMENTS
from tests.browser.server import running_server
from tests.databases import open_folder
from tests.screens import town
from tests.screens.album import LANGUAGES, Album, Look
from tests.screens.cast import write_voice
from tests.screens.portraits import LOOKS, drawn, pixels, portrait, slide
from tests.screens.walk import PARTS, Walk

PATIENCE = 60
"""Seconds that anything may take: nothing is measured here."""
SHEETS = Path(__file__).parents[2] / "docs/screens"
README = {
    "home": Look("fr", "light", "wide"),
    "prejoin": Look("fr", "light", "wide"),
    "call-chat": Look("fr", "dark", "wide"),
    "call-share": Look("fr", "dark", "wide"),
    "transcript": Look("fr", "light", "wide"),
    "console-live-meeting": Look("fr", "light", "wide"),
}


def main() -> int:
    asked = _asked()
    album = Album(asked.pictures)
    expect.set_options(timeout=PATIENCE * 1000)
    missed = [part for language in asked.language for part in walked(language, album, asked.part)]
    asked.to.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, _chromium(playwright) as browser:
        album.write(browser, asked.to)
        chosen = {name: look for name, look in README.items() if name in album.pictures}
        album.write_small(browser, asked.to, chosen)
    sizes = [file.stat().st_size for file in asked.to.glob("*.webp")]
    print(f"{len(album.pictures)} screens; {asked.to}: {sum(sizes) / 2**20:.1f} MiB")
    for part in missed:
        print(f"The way was not gone to its end: {part}")
    return 1 if missed else 0


def walked(language: str, album: Album, parts: Sequence[str]) -> list[str]:
    """Through the screens of a server of its own; where the way could not be gone to its end."""
    with open_folder() as folder, sync_playwright() as playwright:
        with _chromium(playwright) as browser:
            faces = drawn(browser, *(portrait(number) for number in range(len(LOOKS))), slide())
        (folder / "face.mjpeg").write_bytes(faces[0])
        write_voice(folder / "voice.wav")
        *cameras, presented = (pixels(face) for face in faces)
        database = f"sqlite+aiosqlite:///{folder / 'visio.db'}"
        with (
            _chromium(
                playwright,
                f"--use-file-for-fake-video-capture={folder / 'face.mjpeg'}",
                f"--use-file-for-fake-audio-capture={folder / 'voice.wav'}",
                language=language,
            ) as browser,
            running_server(folder, database, patience=PATIENCE) as server,
        ):
            place = town.found(server)
            town.plan(browser, server, place)
            walk = Walk(browser, server, place, language, album.take, cameras, presented, PATIENCE)
            return walk.everywhere(parts or list(PARTS))


@contextmanager
def _chromium(playwright: Playwright, *more: str, language: str = "en") -> Iterator[Browser]:
    """Its own words, as in a field for a date, are in that language."""
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=[*ARGUMENTS, *more],
        env={**os.environ, "LANGUAGE": language},
    )
    yield browser
    browser.close()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make screens", description=__doc__)
    parser.add_argument("--language", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    parser.add_argument("--part", nargs="+", choices=PARTS, default=(), help="only these")
    parser.add_argument("--to", type=Path, default=SHEETS, help="where the sheets go")
    parser.add_argument("--pictures", type=Path, help="where each picture goes by itself")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
