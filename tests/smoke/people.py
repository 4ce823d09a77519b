"""Somebody at a browser: what they click, and what their browser says arrived."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Playwright, ViewportSize

from tests.chromium import ARGUMENTS

CHROMIUM = "/usr/bin/chromium"
PROBE = Path(__file__).with_name("probe.js")
LOCALE = Path(__file__).parents[2] / "visio/web/src/locales/fr.json"
PASSWORD = "une phrase de passe choisie"
"""What everybody chooses at their first sign-in."""


@dataclass(frozen=True)
class Received:
    """What one browser had got by a moment, since it joined."""

    at: float
    """Milliseconds since 1970 UTC."""
    frames: int
    energy: float
    """Of sound, as getStats counts it (W3C webrtc-stats, totalAudioEnergy)."""
    heard: int
    """Audio samples that were played."""
    concealed: int
    """Those among them that the decoder made up."""


@dataclass(frozen=True)
class Window:
    """What one browser got between two moments."""

    first: Received
    last: Received

    @property
    def fps(self) -> float:
        """Video frames decoded per second."""
        seconds = (self.last.at - self.first.at) / 1000
        return (self.last.frames - self.first.frames) / seconds

    @property
    def voice(self) -> bool:
        """Whether somebody was heard, and nine tenths of the sound were real."""
        concealed = self.last.concealed - self.first.concealed
        whole = concealed < (self.last.heard - self.first.heard) / 10
        return whole and self.last.energy - self.first.energy > _SPEECH


class Person:
    """One headless Chromium of one's own, with files for its microphone and its camera."""

    def __init__(
        self, playwright: Playwright, url: str, microphone: Path, camera: Path, *arguments: str
    ) -> None:
        self._url = url
        self._browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                *ARGUMENTS,
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={microphone}%noloop",
                f"--use-file-for-fake-video-capture={camera}",
                *arguments,
            ],
        )
        self.context: BrowserContext = self._browser.new_context(
            base_url=url,
            locale="fr-FR",
            permissions=["microphone", "camera"],
            viewport=_WINDOW,
        )
        self.context.add_init_script(path=PROBE)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(_PATIENCE)

    def sign_in(self, email: str, password: str) -> None:
        """With a one-time password, which is replaced on the way in."""
        self.page.goto("/login")
        self._field("account.email").fill(email)
        self._field("account.password").fill(password)
        self.button("account.signIn").click()
        self._field("password.given").fill(password)
        for field in ("password.new", "password.again"):
            self._field(field).fill(PASSWORD)
        self.button("password.save").click()
        self.page.wait_for_url(self._url + "/")

    def make_room(self, title: str) -> str:
        """Its slug."""
        answer = self.context.request.post(
            "/api/v1/rooms",
            data={"title": title, "access": "public"},
            headers={"Origin": self._url},
        )
        assert answer.status == 201, answer.text()
        return str(answer.json()["slug"])

    def join(self, slug: str, name: str = "", *, shared: bool = False) -> None:
        """Camera on, microphone off until asked: its recording starts when it is opened."""
        self.page.goto(f"/{slug}")
        if shared:
            self.page.get_by_text(text("prejoin.shared"), exact=True).click()
        if name:
            self._field("prejoin.name").fill(name)
        self.button("media.mute").click()
        self.button("prejoin.join").click()
        self.button("call.leave").wait_for()

    def start_transcription(self) -> None:
        """As the room's host, in the panel."""
        self.button("panels.transcript").click()
        self.page.get_by_text(text("transcript.switch"), exact=True).click()

    def watch_captions(self) -> None:
        """Show them, and keep whose they are."""
        self.page.evaluate(_WATCH_CAPTIONS)
        self.show_captions()

    def captioned(self) -> set[str]:
        """Whose names have stood over the pictures since then."""
        return set(self.page.evaluate("() => [...captioned]"))

    def show_captions(self) -> None:
        self.button("call.more").click()
        self.page.get_by_role("menuitem", name=text("captions.show")).click()

    def consent(self) -> None:
        self.button("consent.yes").click()
        self.page.get_by_role("alertdialog").wait_for(state="hidden")

    def unmute(self) -> None:
        self.button("media.unmute").click()

    def leave(self) -> None:
        self.button("call.leave").click()

    def first_frame(self) -> tuple[float, float]:
        """Milliseconds from the click to being connected, and to seeing somebody else."""
        joined, seen = self.page.evaluate(f"probe.arrival({_PATIENCE})")
        return joined, seen

    def passages(self) -> int:
        """How many the transcript panel shows."""
        return self.page.locator("ol.passages > li").count()

    def received(self, start: float, end: float) -> Window:
        """What arrived between two moments, in seconds since 1970 UTC."""
        samples = [Received(**one) for one in self.page.evaluate("probe.samples")]
        inside = [one for one in samples if start <= one.at / 1000 <= end]
        assert len(inside) > 1, f"the browser was too slow to count in {end - start:.1f} s"
        return Window(inside[0], inside[-1])

    def get(self, path: str) -> Any:
        """The API, as the person is signed in."""
        answer = self.context.request.get(f"/api/v1{path}")
        assert answer.ok, answer.text()
        return answer.json()

    def spend(self, seconds: float) -> None:
        """Let time pass in the browser."""
        self.page.wait_for_timeout(seconds * 1000)

    def wait_for(self, holds: Callable[[], bool], patience: float) -> None:
        """Ask again and again, for at most `patience` seconds."""
        deadline = time.monotonic() + patience
        while not holds():
            assert time.monotonic() < deadline, f"waited {patience} s in vain"
            self.spend(0.5)

    def button(self, key: str) -> Locator:
        return self.page.get_by_role("button", name=re.compile(f"^{re.escape(text(key))}"))

    def close(self) -> None:
        self._browser.close()

    def _field(self, key: str) -> Locator:
        return self.page.get_by_label(text(key), exact=True)


def text(key: str) -> str:
    """What the interface says for a key of its locale."""
    found: Any = json.loads(LOCALE.read_text())
    for part in key.split("."):
        found = found[part]
    return str(found)


_WATCH_CAPTIONS = """() => {
  window.captioned = new Set();
  const look = () => {
    const names = document.querySelectorAll(".captions strong");
    for (const { textContent } of names) captioned.add(textContent);
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}"""
# Without a graphics card each pixel of a page is painted by the two cores that all share.
_WINDOW: ViewportSize = {"width": 800, "height": 500}
_SPEECH = 0.001
"""Less would take comfort noise for a voice; a minute of speech is some thousandths."""
_PATIENCE = 20_000
"""Milliseconds an expected thing may take on a machine that also transcribes."""
