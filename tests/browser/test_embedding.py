"""A page of another site shows our button, as La Suite's library does it, and a meeting."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Frame, FrameLocator, Route, expect

from tests.browser.conftest import in_both_languages, settle
from tests.browser.server import Server, running_server
from tests.browser.visitor import AXE, Visitor
from tests.processes import free_ports

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]

# What its component does: https://github.com/suitenumerique/meet, src/sdk/library of release 1.27.
AGENDA = """<!doctype html><html lang="en"><title>Agenda</title><main><h1>Agenda</h1>
<iframe title="Visio" allow="clipboard-write; camera; microphone; autoplay"
  style="width: 100%; height: 600px; border: none" src=""></iframe></main>
<script>
  window.told = [];
  addEventListener("message", ({ origin, data }) => {
    if (origin === new URL("SERVER/sdk").origin) told.push(data);
  });
  window.show = (path) => { document.querySelector("iframe").src = `SERVER/${path}`; };
  window.ask = (type) => frames[0].postMessage({ type }, "SERVER");
  show(location.hash.slice(1) || "sdk/create-button?readOnly=false");
</script></html>"""


class _Page(BaseHTTPRequestHandler):
    body = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def site(port: int, body: str) -> Iterator[str]:
    """A site of one page; its origin, which is of another site than ours."""
    handler = type("Agenda", (_Page,), {"body": body.encode()})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str, str]]:
    """A server, a site that may show its button, and one that may not."""
    folder: Path = tmp_path_factory.mktemp("embedding")
    ports = free_ports(2)
    friend = f"http://127.0.0.1:{ports[0]}"
    with ExitStack() as stack:
        url = f"sqlite+aiosqlite:///{folder / 'visio.db'}"
        server = stack.enter_context(running_server(folder, url, VISIO_EMBED_ORIGINS=friend))
        body = AGENDA.replace("SERVER", server.url)
        for port in ports:
            stack.enter_context(site(port, body))
        yield server, friend, f"http://127.0.0.1:{ports[1]}"


@in_both_languages
def test_another_site_makes_a_room_by_our_button(
    chromium: Browser, sites: tuple[Server, str, str], language: str
) -> None:
    server, friend, stranger = sites
    locale = {"fr": "fr-FR", "en": "en-GB"}[language]
    someone = settle(server, chromium, f"camille.{language}@example.org", "Camille Martin")
    with chromium.new_context(base_url=server.url, locale=locale) as context:
        person = Visitor(context, server.url, language, also=(friend, stranger))
        person.page.goto(friend)
        button = person.page.frame_locator("iframe")
        slug = a_room_is_made_where_one_signs_in_first(person, button, someone)
        the_button_leads_to_it(person, button, slug)
        another_is_made_at_once(person, button)
        the_server_tells_where_the_window_cannot(person, button)
        a_site_that_is_not_allowed_shows_nothing(person, stranger)
        assert person.complaints == []


def a_room_is_made_where_one_signs_in_first(
    person: Visitor, button: FrameLocator, someone: tuple[str, str]
) -> str:
    """In a window: none of our cookies are sent to a frame within another site."""
    with person.page.expect_popup() as opened:
        button.get_by_role("button", name=person.text("sdk.create")).click()
    expect(button.get_by_text(person.text("sdk.open"))).to_be_visible()
    window = opened.value
    window.get_by_label(person.text("account.email"), exact=True).fill(someone[0])
    window.get_by_label(person.text("account.password"), exact=True).fill(someone[1])
    with window.expect_event("close"):
        window.get_by_role("button", name=person.text("account.signIn"), exact=True).click()
    return the_site_is_told(person, 1)


def the_button_leads_to_it(person: Visitor, button: FrameLocator, slug: str) -> None:
    link = button.get_by_role("link", name=person.text("sdk.join"))
    expect(link).to_have_attribute("href", f"/{slug}")
    expect(button.get_by_text(f"{person.url.partition('//')[2]}/{slug}")).to_be_visible()
    frame = person.page.frames[1]
    frame.evaluate(AXE)
    # A page within another has no landmarks and headings of its own.
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    assert frame.evaluate("(rules) => axe.run(rules)", rules)["violations"] == []
    with person.page.expect_popup() as opened:
        button.get_by_role("button", name=person.text("sdk.settings")).click()
    window = opened.value
    locked = window.get_by_role("switch", name=person.text("rules.locked"))
    locked.press("Space")
    with window.expect_event("close"):
        window.get_by_role("button", name=person.text("common.save"), exact=True).click()
    answer = person.context.request.get(f"/api/v1/rooms/{slug}").json()
    assert (answer["locked"], answer["role"]) == (True, "owner")
    button.get_by_role("button", name=person.text("sdk.clear")).click()
    person.page.wait_for_function("told.at(-1).type === 'STATE_CLEAR'")


def another_is_made_at_once(person: Visitor, button: FrameLocator) -> None:
    """By who is signed in: the window comes and goes."""
    button.get_by_role("button", name=person.text("sdk.create")).click()
    the_site_is_told(person, 3)
    button.get_by_role("button", name=person.text("sdk.clear")).click()


def the_server_tells_where_the_window_cannot(person: Visitor, button: FrameLocator) -> None:
    """An identity provider's page between cuts the window off from the button that opened it."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    person.context.route("**/api/v1/rooms", hold)
    asked = person.context.expect_event("request", lambda one: one.url.endswith("/api/v1/rooms"))
    with person.page.expect_popup() as opened, asked:
        button.get_by_role("button", name=person.text("sdk.create")).click()
    window = opened.value
    window.evaluate("window.opener = null")
    held[0].continue_()
    the_site_is_told(person, 5)


def a_site_that_is_not_allowed_shows_nothing(person: Visitor, stranger: str) -> None:
    with person.page.expect_console_message(lambda said: "frame-ancestors" in said.text) as refused:
        person.page.goto(stranger)
    assert person.url in refused.value.text
    is_refused(person.page.frames[1])


def is_refused(frame: Frame) -> None:
    """Chromium shows a page of its own in the place of one that may not be there."""
    frame.wait_for_url(lambda url: url.startswith("chrome-error:"), wait_until="commit")


def the_site_is_told(person: Visitor, messages: int) -> str:
    """The slug of the room that the newest of so many messages names."""
    person.page.wait_for_function("count => told.length === count", arg=messages)
    told = person.page.evaluate("told.at(-1)")
    slug = str(told["data"]["room"]["slug"])
    assert re.fullmatch("[a-z]{3}-[a-z]{4}-[a-z]{3}", slug)
    url = f"{person.url}/{slug}"
    data = {"room": {"slug": slug, "url": url}, "url": url}
    assert told == {"type": "ROOM_CREATED", "data": data}
    return slug


def test_another_site_shows_a_meeting(chromium: Browser, sites: tuple[Server, str, str]) -> None:
    server, friend, stranger = sites
    slug = an_open_room(server, chromium)
    with chromium.new_context(base_url=server.url, locale="fr-FR") as context:
        context.grant_permissions(["camera", "microphone"])
        person = Visitor(context, server.url, "fr", also=(friend, stranger))
        person.page.goto(f"{friend}/#embed/{slug}")
        told(person, {"type": "MEETING_READY", "data": {"slug": slug}})
        inside = person.page.frame_locator("iframe")
        expect(inside.get_by_role("contentinfo")).to_have_count(0)
        inside.get_by_label(person.text("prejoin.name"), exact=True).fill("Ali")
        inside.get_by_role("button", name=person.text("prejoin.join"), exact=True).click()
        told(person, {"type": "MEETING_JOINED", "data": {"slug": slug}})
        told(person, changed(microphone=True, camera=True))
        person.page.evaluate("ask('MICROPHONE_OFF')")
        told(person, changed(microphone=False, camera=True))
        person.page.evaluate("ask('CAMERA_OFF')")
        told(person, changed(microphone=False, camera=False))
        person.page.evaluate("ask('LEAVE')")
        told(person, {"type": "MEETING_LEFT", "data": {"slug": slug, "reason": "left"}})
        expect(inside.get_by_role("button", name=person.text("ended.rejoin"))).to_be_visible()
        expect(inside.get_by_role("link", name=person.text("common.backHome"))).to_have_count(0)
        person.page.goto(f"{stranger}/#embed/{slug}")
        is_refused(person.page.frames[1])
        assert person.complaints == []


def an_open_room(server: Server, chromium: Browser) -> str:
    with chromium.new_context(base_url=server.url) as context:
        host = Visitor(context, server.url, "fr")
        host.sign_in(*settle(server, chromium, "hote@example.org", "Hélène Hôte"))
        return host.make_room("Accueil")


def changed(*, microphone: bool, camera: bool) -> dict[str, object]:
    data = {"people": 1, "microphone": microphone, "camera": camera, "screen": False}
    return {"type": "MEETING_CHANGED", "data": data}


def told(person: Visitor, message: dict[str, object]) -> None:
    """Wait until the site has been told so."""
    person.page.wait_for_function(
        "(wanted) => told.some((one) => JSON.stringify(one) === wanted)",
        arg=json.dumps(message, separators=(",", ":")),
    )
