"""The server is gone for five minutes of the pages' clock: reliability.md, T33."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import make_account
from tests.browser.server import running_server
from tests.browser.visitor import Visitor
from tests.processes import free_ports

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.one_database]


def visitor(chromium: Browser, url: str, language: str) -> Visitor:
    """Somebody whose page has a clock that can be turned forward."""
    context = chromium.new_context(
        base_url=url,
        locale={"fr": "fr-FR", "en": "en-GB"}[language],
        permissions=["camera", "microphone"],
    )
    made = Visitor(context, url, language)
    made.page.clock.install()
    return made


def test_a_meeting_outlives_five_minutes_without_its_server(
    chromium: Browser, tmp_path: Path
) -> None:
    database = f"sqlite+aiosqlite:///{tmp_path / 'visio.db'}"
    port, media_port = free_ports(2)
    with running_server(tmp_path, database, ports=(port, media_port)) as server:
        host, guest = (visitor(chromium, server.url, language) for language in ("fr", "en"))
        host.sign_in(*make_account(server, chromium))
        slug = host.make_room("Comité")
        host.join(slug)
        guest.join(slug, "Ali")
        names = {host: "Camille Martin", guest: "Ali"}
        host.sees("Ali")
        guest.sees("Camille Martin")
        for person in names:
            person.page.evaluate(WATCH)
        server.process.kill()
        server.process.wait()
    for person in names:
        person.shows("call.reconnecting")
    # Three times as many attempts as livekit-client makes by itself.
    for _ in range(30):
        for person in names:
            person.page.clock.fast_forward(10_000)
            person.shows("call.reconnecting")
    for person in names:
        assert black_for(person) < BLINK
    with running_server(tmp_path, database, ports=(port, media_port)):
        for person, other in ((host, "Ali"), (guest, "Camille Martin")):
            banner = person.page.get_by_text(person.text("call.reconnecting"), exact=True)
            expect(banner).to_be_hidden()
            person.sees(other)
            person.hears(1)
        for person in names:
            assert black_for(person) < BLINK
            person.context.close()


def black_for(person: Visitor) -> int:
    """The longest time that one's own picture was black so far, in samples."""
    samples: list[int] = person.page.evaluate("samples")
    assert len(samples) > 10
    runs = "".join("b" if sample <= BLACK else " " for sample in samples).split()
    return max(map(len, runs), default=0)


BLINK = 10
"""Samples, a second: the picture is another one while livekit-client opens the camera anew."""

BLACK = 64
"""The brightest point of a black picture may be this; Chromium's fake camera shows much more."""

# Notes how bright the brightest point of one's own picture is, many times a second; 0 without one.
WATCH = """() => {
  window.samples = [];
  const canvas = new OffscreenCanvas(32, 18);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  setInterval(() => {
    const own = document.querySelector(".tile video.mirrored");
    context.clearRect(0, 0, 32, 18);
    if (own) context.drawImage(own, 0, 0, 32, 18);
    const { data } = context.getImageData(0, 0, 32, 18);
    samples.push(data.reduce((most, value, i) => (i % 4 === 3 ? most : Math.max(most, value)), 0));
  }, 100);
}"""
