"""The connection test: where all is well, without devices, without a server, and without UDP."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.browser.chromium import chromium_within
from tests.browser.conftest import Visit
from tests.browser.server import Server, running_server
from tests.browser.visitor import Visitor
from tests.network import Namespace

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]

PAGE = "/connection-test"
PATIENCE = 120_000
STEPS = (
    *("browser", "microphone", "camera", "speaker", "signalling", "clock", "udp", "publish"),
    *("receive", "roundTrip", "tcp", "relay"),
)
SERVER, CLIENT = "10.79.0.1", "10.79.0.2"


def begun(person: Visitor) -> None:
    person.button("connectionTest.begin").click()


def went(person: Visitor) -> dict[str, str]:
    """How each step went, once the verdict is there."""
    expect(person.button("connectionTest.again")).to_be_visible(timeout=PATIENCE)
    rows = person.page.locator("[data-step]").all()
    return {
        str(one.get_attribute("data-step")): str(one.get_attribute("data-state")) for one in rows
    }


def report(person: Visitor) -> str:
    person.button("connectionTest.copy").click()
    person.shows("common.copied")
    return str(person.page.evaluate("() => navigator.clipboard.readText()"))


WELL = dict.fromkeys(STEPS, "ok") | {"speaker": "asked", "relay": "skipped"}


@pytest.mark.long
@pytest.mark.parametrize(
    ("language", "size"), [("fr", (320, 640)), ("en", (1280, 800))], ids=["narrow", "wide"]
)
def test_everything_is_well_on_this_machine(
    visit: Visit, language: str, size: tuple[int, int]
) -> None:
    person = visit(language, *size)
    person.go("/")
    person.link("connectionTest.link").click()
    begin = person.button("connectionTest.begin")
    begin.wait_for()
    person.is_accessible()
    begin.press("Enter")
    assert went(person) == WELL
    log = person.page.get_by_role("log")
    for step in ("browser", "udp", "relay"):
        expect(log).to_contain_text(person.text(f"connectionTest.steps.{step}"))
    person.is_accessible()
    assert person.sees_all_across()
    said = report(person)
    assert person.text("connectionTest.said.receiveOk") in said
    assert not any(word in said for word in ("~test-", "eyJ", "Fake", "fake"))


@pytest.mark.long
def test_who_hears_nothing_is_told_what_to_do(visit: Visit) -> None:
    person = visit()
    person.go(f"{PAGE}?from=/abc-defg-hij")
    begun(person)
    person.button("hearing.test").click()
    person.shows("hearing.played")
    person.button("connectionTest.notHeard").click()
    person.shows("connectionTest.advice.speaker")
    assert went(person)["speaker"] == "failed"
    person.shows("connectionTest.verdicts.failed.title")
    person.button("connectionTest.heard").click()
    person.shows("connectionTest.verdicts.ok.title")
    expect(person.link("connectionTest.back")).to_have_attribute("href", "/abc-defg-hij")


@pytest.mark.long
def test_without_devices_the_network_is_tested_all_the_same(visit: Visit) -> None:
    person = visit()
    person.context.add_init_script(REFUSING)
    person.go(PAGE)
    begun(person)
    found = went(person)
    assert (found["microphone"], found["camera"]) == ("failed", "warning")
    assert (found["udp"], found["receive"]) == ("ok", "ok")
    advice = person.text("deviceProblems.denied.advice.chromium")
    expect(person.page.get_by_role("main")).to_contain_text(advice)
    person.is_accessible()


def test_server_that_cannot_be_asked_is_told(visit: Visit) -> None:
    person = visit("en", 320, 640)
    person.go(PAGE)
    person.page.route("**/api/v1/connection-tests", lambda route: route.abort())
    begun(person)
    found = went(person)
    person.is_accessible()
    assert person.sees_all_across()
    assert (found["signalling"], found["udp"]) == ("failed", "skipped")
    person.shows("connectionTest.advice.signalling")


@pytest.mark.long
def test_who_has_tested_often_is_told_to_wait(visit: Visit) -> None:
    person = visit()
    person.go(PAGE)
    refusal = {"status": 429, "json": {"code": "too_many_attempts"}}
    person.page.route("**/api/v1/connection-tests", lambda route: route.fulfill(**refusal))
    begun(person)
    assert went(person)["signalling"] == "warning"
    person.shows("problems.too_many_attempts.advice")


REFUSING = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotAllowedError"));
"""


@pytest.fixture
def network() -> Iterator[tuple[Namespace, Namespace]]:
    """The server's and a client's, with a cable between, over which no UDP goes out."""
    with Namespace() as there, Namespace() as here:
        there.lay_cable("eth0", f"{SERVER}/24", here, f"{CLIENT}/24")
        here.ip("rule add pref 100 ipproto udp blackhole")
        yield there, here


@pytest.mark.long
def test_without_udp_it_is_said_which_port_to_open(
    network: tuple[Namespace, Namespace], playwright: Playwright, tmp_path: Path
) -> None:
    there, here = network
    database = f"sqlite+aiosqlite:///{tmp_path / 'visio.db'}"
    secure = f"--unsafely-treat-insecure-origin-as-secure=http://{SERVER}:8000"
    with (
        running_server(
            tmp_path,
            database,
            there.entering,
            (8000, 7882),
            VISIO_HOST=SERVER,
            VISIO_PUBLIC_URL=f"http://{SERVER}:8000",
            VISIO_MEDIA_ANNOUNCE=SERVER,
            VISIO_SUPPORT_EMAIL="aide@example.org",
        ) as server,
        chromium_within(playwright, here, tmp_path, secure) as browser,
    ):
        person = behind_it(browser, server)
        begun(person)
        found = went(person)
        assert (found["udp"], found["tcp"], found["receive"]) == ("warning", "ok", "ok")
        person.shows("connectionTest.advice.udp", host=SERVER, udp=7882)
        mail = person.link("connectionTest.mail", address="aide@example.org")
        letter = unquote(str(mail.get_attribute("href")))
        assert letter.startswith("mailto:aide@example.org?")
        assert person.text("connectionTest.steps.udp") in letter
        assert CLIENT not in letter + report(person)


def behind_it(browser: Browser, server: Server) -> Visitor:
    context = browser.new_context(
        base_url=server.url,
        locale="fr-FR",
        permissions=["camera", "microphone", "clipboard-write", "clipboard-read"],
    )
    person = Visitor(context, server.url, "fr")
    person.go(PAGE)
    return person
