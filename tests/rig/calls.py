"""Calls between two real browsers in namespaces of their own, through our server or directly."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.chromium import ARGUMENTS
from tests.network import Namespace
from tests.processes import Running
from tests.rig import picture
from tests.rig.network import TREE, Link
from tests.smoke.voices import reader
from visio.auth import tokens
from visio.auth.tokens import Claims, Grants
from visio.hub import wall_clock

HERE = Path(__file__).parent
WEB = TREE / "visio/web"
CLIENT = WEB / "node_modules/livekit-client/dist/livekit-client.umd.js"
LEGS = ("publisher", "subscriber")
"""Whose link to the server is impaired."""
BASELINE = "chromium"
"""The leg that has no server: from one browser to the other."""


class Rig:
    """A publisher, our server and a subscriber, each in a network of its own."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        publisher, server, subscriber = (stack.enter_context(Namespace()) for _ in range(3))
        self.links = {
            "publisher": stack.enter_context(Link(publisher, server, 1)),
            "subscriber": stack.enter_context(Link(subscriber, server, 2)),
            BASELINE: stack.enter_context(Link(publisher, subscriber, 3)),
        }
        stack.enter_context(_running_server(server, folder))
        self._hearing = _script("src/call/state/hearing.ts")
        playwright = stack.enter_context(sync_playwright())
        microphone = reader(folder).microphone
        picture.film(camera := folder / "film.y4m")
        self._browsers = [
            stack.enter_context(
                _browser(playwright, namespace, folder / name, (microphone, camera))
            )
            for name, namespace in (("publisher", publisher), ("subscriber", subscriber))
        ]

    @classmethod
    @contextmanager
    def set_up(cls, folder: Path) -> Iterator[Self]:
        """Needs root, /dev/net/tun, Chromium and what `make build test-env` makes."""
        with ExitStack() as stack:
            yield cls(folder, stack)

    @contextmanager
    def call(self, leg: str, seed: int, bitrate: int) -> Iterator["Call"]:
        """Somebody publishes, somebody watches; every link is clean but for the 50 ms of that leg.

        `bitrate` bounds the publisher's video (bit/s) where it goes through our server.
        """
        for link in self.links.values():
            link.impair(**CLEAN)
        link = self.links[leg]
        link.tell({"seed": seed})
        link.impair(delay=ONE_WAY)
        with ExitStack() as stack:
            if leg == BASELINE:
                call = self._connect_directly(stack, link)
            else:
                call = self._connect_by_server(stack, link, f"{leg}-{seed}-{wall_clock()}", bitrate)
            call.see_first_frame()
            yield call

    def _connect_directly(self, stack: ExitStack, link: Link) -> "Call":
        pages = [stack.enter_context(self._page(browser, _NOWHERE)) for browser in self._browsers]
        there, here = pages
        offer = there.evaluate("plain.offer()")
        there.evaluate(
            "(answer) => plain.accept(answer)",
            here.evaluate("(offer) => plain.answer(offer)", offer),
        )
        return Call(link, there, here)

    def _connect_by_server(self, stack: ExitStack, link: Link, room: str, bitrate: int) -> "Call":
        pages = []
        for leg, browser in zip(LEGS, self._browsers, strict=True):
            origin = f"//{self.links[leg].addresses[1]}:{_PORT}"
            page = stack.enter_context(self._page(browser, f"http:{origin}"))
            page.evaluate(
                "([url, token]) => visio.join(url, token)", [f"ws:{origin}", _token(leg, room)]
            )
            pages.append(page)
        there, here = pages
        there.evaluate("(bitrate) => visio.publish(bitrate)", bitrate)
        return Call(link, there, here)

    @contextmanager
    def _page(self, browser: Browser, origin: str) -> Iterator[Page]:
        """Our page, at home at `origin` although nothing serves it there."""
        context: BrowserContext = browser.new_context(
            permissions=["microphone", "camera"], viewport={"width": 700, "height": 400}
        )
        page = context.new_page()
        page.set_default_timeout(_PATIENCE)
        page.route("**/rig", lambda route: route.fulfill(path=HERE / "page.html"))
        page.route("**/livekit-client.js", lambda route: route.fulfill(path=CLIENT))
        page.route(
            "**/hearing.js",
            lambda route: route.fulfill(body=self._hearing, content_type="text/javascript"),
        )
        page.goto(f"{origin}/rig")
        yield page
        context.close()


@dataclass(frozen=True)
class Call:
    """A running call."""

    link: Link
    publisher: Page
    subscriber: Page

    def see_first_frame(self) -> None:
        self.subscriber.wait_for_function("frames.length > 1", timeout=_PATIENCE)

    def spend(self, seconds: float) -> None:
        """Let time pass in the call."""
        self.subscriber.wait_for_timeout(seconds * 1000)

    def now(self) -> float:
        """Milliseconds since 1970 UTC, by the clock of frames and samples; takes a sample."""
        return float(self.subscriber.evaluate("sample().then(() => samples.at(-1).at)"))

    def received(self) -> tuple[list[dict[str, float]], list[float]]:
        """What the subscriber had got each second, and when each frame was shown."""
        samples, frames = self.subscriber.evaluate("[samples, frames]")
        return samples, frames

    def likeness(self) -> float:
        """How like what the subscriber sees now is to what was filmed, 0 to 1."""
        grey = np.frombuffer(b64decode(self.subscriber.evaluate("look()")), np.uint8)
        return picture.likeness(grey.reshape(picture.HEIGHT, picture.WIDTH))

    def sent(self) -> list[dict[str, float]]:
        """What the publisher had sent each second."""
        samples: list[dict[str, float]] = self.publisher.evaluate("samples")
        return samples


@contextmanager
def _running_server(namespace: Namespace, folder: Path) -> Iterator[None]:
    settings = {
        "VISIO_DEMO": "true",
        "VISIO_DATA_DIR": str(folder / "data"),
        "VISIO_HOST": "0.0.0.0",  # noqa: S104
        "VISIO_MEDIA_HOST": "0.0.0.0",  # noqa: S104
        "VISIO_PORT": _PORT,
        "VISIO_WORKER": "false",
        "VISIO_LIVEKIT_KEYS": json.dumps(_KEYS),
    }
    process = subprocess.Popen(
        namespace.inside(sys.executable, "-m", "visio", "serve"),
        cwd=TREE,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with Running(process) as running:
        running.line("Visio is ready", timeout=90)
        yield


@contextmanager
def _browser(
    playwright: Playwright, namespace: Namespace, program: Path, devices: tuple[Path, Path]
) -> Iterator[Browser]:
    """Debian's Chromium inside the namespace; we reach it by pipes, not by the link."""
    chromium = shutil.which("chromium")
    assert chromium, "there is no chromium here: `make test-env` installs it"
    program.write_text(f'#!/bin/sh\nexec {shlex.join([*namespace.entering, chromium])} "$@"\n')
    program.chmod(0o755)
    microphone, camera = devices
    files = [
        f"--use-file-for-fake-audio-capture={microphone}",
        f"--use-file-for-fake-video-capture={camera}",
    ]
    browser = playwright.chromium.launch(executable_path=program, args=[*_ARGUMENTS, *files])
    yield browser
    browser.close()


def _script(module: str) -> str:
    """A module of our client as a script, with livekit-client's as it is."""
    return subprocess.run(
        [
            *("node_modules/.bin/rolldown", module, "--format", "iife"),
            *("--name", Path(module).stem, "--external", "livekit-client"),
            *("--globals", "livekit-client:LivekitClient"),
        ],
        cwd=WEB,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def _token(identity: str, room: str) -> str:
    grants = Grants(room=room, room_join=True)
    claims = Claims(identity, grants, name=identity, key=_KEY)
    return tokens.issue(_KEYS, claims, ttl=timedelta(minutes=10), now=wall_clock())


CLEAN: dict[str, Any] = {
    "loss": 0.0,
    "burst": None,
    "delay": 0.0,
    "jitter": 0.0,
    "reorder": 0.0,
    "duplicate": 0.0,
    "rate": 0.0,
}
ONE_WAY = 25.0
"""Milliseconds: half of the round trip."""

_PORT = "8000"
_KEY = "rig"
_KEYS = {_KEY: "r" * 40}
_NOWHERE = "http://rig.invalid"
_PATIENCE = 30_000
"""Milliseconds for joining, and for what is asked of a page meanwhile."""
_SECURE = ",".join([_NOWHERE, *(f"http://10.77.{network}.2:{_PORT}" for network in (1, 2))])
_ARGUMENTS = [
    *ARGUMENTS,
    "--headless=new",
    "--use-fake-device-for-media-stream=fps=30",
    f"--unsafely-treat-insecure-origin-as-secure={_SECURE}",
    # Their names for addresses would need multicast.
    "--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets",
    "--no-proxy-server",
]
