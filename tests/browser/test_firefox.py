"""The main path in Debian's Firefox, in a meeting with Chromium."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Run, Visit
from tests.browser.server import Server
from tests.firefox import Tab, opened_tab, running_firefox

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]


@pytest.fixture
def guest(run: Run, tmp_path: Path) -> Iterator[Tab]:
    """A tab of a Firefox in French."""
    stack = AsyncExitStack()
    with running_firefox(tmp_path / "profile") as socket:
        try:
            yield run(stack.enter_async_context(opened_tab(socket, "fr-FR")))
        finally:
            run(stack.aclose())


def test_a_guest_in_firefox_takes_part(
    visit: Visit, account: tuple[str, str], server: Server, run: Run, guest: Tab
) -> None:
    host = visit("fr")
    host.sign_in(*account)
    slug = host.make_room("Comité")
    host.join(slug)

    run(guest.goto(server.url))
    run(guest.fill(host.text("join.invited"), slug))
    run(guest.click("button", host.text("join.action")))
    run(guest.fill(host.text("prejoin.name"), "Ali"))
    run(guest.click("button", host.text("prejoin.join")))
    run(guest.find("button", host.text("call.leave")))
    run(guest.wait_for_function(_SEES, "Camille Martin"))
    run(guest.wait_for_function(_HEARS))
    host.sees("Ali")
    host.hears(1)

    run(guest.click("button", host.text("media.mute")))
    expect(host.tile("Ali")).to_contain_text(host.text("call.micOff"))
    run(guest.click("button", host.text("media.unmute")))
    expect(host.tile("Ali")).to_contain_text(host.text("call.micOn"))

    run(guest.click("button", host.text("call.leave")))
    expect(host.tile("Ali")).to_be_hidden()
    run(guest.find("heading", host.text("ended.title")))
    assert guest.complaints == []


_SEES = """(name) => [...document.querySelectorAll(".tile")]
  .some((tile) => tile.textContent.includes(name) && tile.querySelector("video")?.videoWidth > 0)"""
_HEARS = """() => [...document.querySelectorAll("audio")]
  .some((audio) => !audio.paused && audio.srcObject?.active)"""
