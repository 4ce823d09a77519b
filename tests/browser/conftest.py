import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.chromium import ARGUMENTS
from tests.browser.letters import Letters
from tests.browser.server import Server, running_server
from tests.browser.visitor import Visitor
from tests.databases import Postgres, outside_the_loop

Visit = Callable[..., Visitor]
Run = Callable[[Coroutine[Any, Any, Any]], Any]

EMAIL = "camille.martin@example.org"
PASSWORD = "une phrase de passe choisie"

in_both_languages = pytest.mark.parametrize(
    "language", ["fr", pytest.param("en", marks=pytest.mark.long)]
)
"""For walks of half a minute: what they do is the same in the other language, only longer."""


@pytest.fixture(scope="package")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server for all pages, with an empty database."""
    folder = tmp_path_factory.mktemp("data")
    url = f"sqlite+aiosqlite:///{folder / 'visio.db'}"
    if request.config.getoption("--database") == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = outside_the_loop(postgres.empty())
    with running_server(folder, url) as server:
        yield server


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    # Package-wide and no further: its event loop would be in the way of the asynchronous tests.
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def visit(chromium: Browser, server: Server) -> Iterator[Visit]:
    """Open a browser for somebody; in the end none may have complained."""
    with ExitStack() as contexts:
        visitors: list[Visitor] = []

        def open_context(language: str = "fr", width: int = 1280, height: int = 800) -> Visitor:
            context = chromium.new_context(
                base_url=server.url,
                locale={"fr": "fr-FR", "en": "en-GB"}[language],
                viewport={"width": width, "height": height},
                permissions=["camera", "microphone", "clipboard-write", "clipboard-read"],
            )
            contexts.callback(context.close)
            visitors.append(Visitor(context, server.url, language))
            return visitors[-1]

        yield open_context
        assert [visitor.complaints for visitor in visitors] == [[] for _ in visitors]


@pytest.fixture(scope="module")
def letters() -> Iterator[Letters]:
    letters = Letters()
    yield letters
    letters.close()


@pytest.fixture
def run() -> Iterator[Run]:
    """Run coroutines in another thread: in this one is Playwright's loop."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    yield lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(scope="package")
def account(server: Server, chromium: Browser) -> tuple[str, str]:
    """Address and password of a person who has signed in before."""
    return make_account(server, chromium)


def make_account(server: Server, chromium: Browser) -> tuple[str, str]:
    return settle(server, chromium, EMAIL, "Camille Martin")


def settle(
    server: Server, chromium: Browser, email: str, name: str, *options: str
) -> tuple[str, str]:
    """Address and password of somebody who has replaced the one-time password."""
    given = server.add_account(email, name, *options)
    context = chromium.new_context(base_url=server.url, extra_http_headers={"Origin": server.url})
    signed_in = context.request.post("/api/v1/session", data={"email": email, "password": given})
    changed = context.request.put(
        "/api/v1/session/password", data={"current": given, "new": PASSWORD}
    )
    context.close()
    assert (signed_in.status, changed.status) == (200, 204)
    return email, PASSWORD


@pytest.fixture
def host(visit: Visit, account: tuple[str, str]) -> Visitor:
    """Camille, in French, signed in."""
    host = visit("fr")
    host.sign_in(*account)
    return host
