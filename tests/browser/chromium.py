"""Debian's Chromium, with fake devices, here or in another network."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright

from tests import chromium
from tests.network import Namespace


@contextmanager
def chromium_within(
    playwright: Playwright, network: Namespace, folder: Path, *arguments: str
) -> Iterator[Browser]:
    """A browser in that network; `folder` takes the script that starts it there."""
    script = folder / "chromium"
    script.write_text(f'#!/bin/sh\nexec {" ".join(network.entering)} chromium "$@"\n')
    script.chmod(0o755)
    browser = playwright.chromium.launch(executable_path=script, args=[*ARGUMENTS, *arguments])
    yield browser
    browser.close()


ARGUMENTS = [
    *chromium.ARGUMENTS,
    "--headless=new",
    "--use-fake-device-for-media-stream=fps=10",
    "--auto-select-desktop-capture-source=Entire screen",
]
