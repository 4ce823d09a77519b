"""The server is gone for five minutes of the pages' clock: reliability.md, T33."""

from itertools import pairwise
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
        assert_never_black(person)
        assert_moved_all_the_while(person)
    with running_server(tmp_path, database, ports=(port, media_port)):
        for person, other in ((host, "Ali"), (guest, "Camille Martin")):
            banner = person.page.get_by_text(person.text("call.reconnecting"), exact=True)
            expect(banner).to_be_hidden()
            person.sees(other)
            person.hears(1)
        for person in names:
            # It may stand still while two browsers and a server are at work, but not for good.
            person.page.wait_for_function("() => samples.at(-1)[1] !== samples.at(-2)[1]")
            assert_never_black(person)
            person.context.close()


def assert_never_black(person: Visitor) -> None:
    """One's own picture was never black so far."""
    samples: list[list[int]] = person.page.evaluate("samples")
    assert len(samples) > 30
    assert [brightest for brightest, _ in samples if brightest <= BLACK] == []


def assert_moved_all_the_while(person: Visitor) -> None:
    """One's own picture never stood still so far."""
    sums = [total for _, total in person.page.evaluate("samples")]
    moves = "".join(str(int(before != after)) for before, after in pairwise(sums))
    assert "0" * STILL not in moves


STILL = 20
"""Samples that may be alike, on a machine that shows few of the camera's ten frames a second."""

BLACK = 64
"""The brightest point of a black picture may be this; Chromium's fake camera shows much more."""

# Notes how bright the brightest point of one's own picture is, and the sum of all, many times a
# second; 0 without one.
WATCH = """() => {
  window.samples = [];
  const canvas = new OffscreenCanvas(32, 18);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  setInterval(() => {
    context.clearRect(0, 0, 32, 18);
    // What lies above is drawn later.
    for (const own of document.querySelectorAll(".tile video.mirrored")) {
      context.drawImage(own, 0, 0, 32, 18);
    }
    const { data } = context.getImageData(0, 0, 32, 18);
    const points = data.filter((_, i) => i % 4 !== 3);
    samples.push([Math.max(...points), points.reduce((sum, value) => sum + value, 0)]);
  }, 100);
}"""
