"""How every Chromium of ours is started, and one for many tests."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import Running


@contextmanager
def running_chromium(profile: Path) -> Iterator[str]:
    """A Chromium with a fresh profile in that folder; where it takes DevTools' protocol."""
    process = subprocess.Popen(
        [
            "chromium",
            *ARGUMENTS,
            "--headless=new",
            "--use-fake-device-for-media-stream",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with Running(process) as running:
        yield running.line(_LISTENING, _PATIENCE).split(_LISTENING)[1]


ARGUMENTS = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The pages are never in front: they must run as if they were.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)
"""Nobody is asked, nothing is fetched that a test did not ask for, nothing is slowed down."""

_LISTENING = "DevTools listening on "
# Seconds, on a machine that also builds.
_PATIENCE = 60.0
