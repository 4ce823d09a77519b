"""The server is asked to end, or is killed, while meetings run and others are about to begin."""

import signal
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import make_account
from tests.browser.server import running_server
from tests.browser.visitor import Visitor
from tests.processes import free_ports

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.one_database]


def visitor(chromium: Browser, url: str, language: str) -> Visitor:
    context = chromium.new_context(
        base_url=url,
        locale={"fr": "fr-FR", "en": "en-GB"}[language],
        viewport={"width": 320, "height": 640},
        permissions=["camera", "microphone"],
    )
    return Visitor(context, url, language)


def test_a_new_meeting_begins_by_itself_on_the_next_server(
    chromium: Browser, tmp_path: Path
) -> None:
    database, ports = f"sqlite+aiosqlite:///{tmp_path / 'visio.db'}", free_ports(2)
    serving = partial(
        running_server, tmp_path, database, ports=(ports[0], ports[1]), VISIO_DRAIN_SECONDS="3600"
    )
    with serving() as server:
        host = visitor(chromium, server.url, "fr")
        host.sign_in(*make_account(server, chromium))
        running, coming = host.make_room("Comité"), host.make_room("Bureau")
        host.join(running)
        server.process.send_signal(signal.SIGTERM)
        waiting = [visitor(chromium, server.url, language) for language in ("fr", "en")]
        for person in waiting:
            person.go(f"/{coming}")
            person.field("prejoin.name").fill("Ali")
            person.button("prejoin.join").click()
            person.shows("lobby.restarting.title")
            person.shows("lobby.restarting.text")
            person.is_accessible()
            assert person.sees_all_across()
        host.button("call.leave").click()
        assert server.process.wait(timeout=30) == 0
    with serving():
        for person in waiting:
            person.button("call.leave").wait_for()
            assert person.complaints == []
            person.context.close()
        host.context.close()


def test_a_hand_that_was_up_is_up_on_the_next_server(chromium: Browser, tmp_path: Path) -> None:
    database, ports = f"sqlite+aiosqlite:///{tmp_path / 'visio.db'}", free_ports(2)
    serving = partial(running_server, tmp_path, database, ports=(ports[0], ports[1]))
    with serving() as server:
        host, guest = (visitor(chromium, server.url, language) for language in ("fr", "en"))
        host.sign_in(*make_account(server, chromium))
        slug = host.make_room("Comité")
        host.join(slug)
        guest.join(slug, "Ali")
        guest.button("media.mute").click()
        guest.button("hands.raise").click()
        raised = host.text("hands.raised", place=1)
        expect(host.tile("Ali")).to_contain_text(raised)
        server.process.kill()
        server.process.wait()
        for person in (host, guest):
            person.shows("call.reconnecting")
    with serving():
        for person in (host, guest):
            person.page.get_by_text(person.text("call.reconnecting")).wait_for(state="detached")
        expect(host.tile("Ali")).to_contain_text(raised)
        expect(guest.button("hands.lower")).to_be_visible()
        expect(guest.page.get_by_text(guest.text("hands.lowered.host"))).to_have_count(0)
        for person in (host, guest):
            person.context.close()
