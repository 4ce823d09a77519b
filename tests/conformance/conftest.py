from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
from playwright.async_api import async_playwright

from tests.chromium import running_chromium
from tests.conformance.sdks import OPENERS, Client, chromium_tab, firefox_tab
from tests.firefox import opened_session
from tests.livekit.conftest import everywhere, firefox, single, site

__all__ = ["everywhere", "firefox", "single", "site"]


@pytest.fixture(scope="package")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a Chromium for all tests of the package takes DevTools' protocol."""
    with running_chromium(tmp_path_factory.mktemp("chromium") / "profile") as address:
        yield address


@pytest.fixture
async def sdk(request: pytest.FixtureRequest) -> AsyncIterator[Client]:
    """The client of a test that is parametrized by its name."""
    name: str = request.param
    if name == "chromium":
        address = request.getfixturevalue("chromium")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.connect_over_cdp(address)
            yield Client(name, partial(chromium_tab, browser))
            await browser.close()
    elif name == "firefox":
        async with opened_session(request.getfixturevalue("firefox")) as bidi:
            yield Client(name, partial(firefox_tab, bidi))
    else:
        yield Client(name, OPENERS[name])
