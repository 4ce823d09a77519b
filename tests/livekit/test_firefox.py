"""The unmodified web client in Debian's Firefox, together with Chromium."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.firefox import opened_tab, running_firefox
from tests.livekit.site import Site, running_site
from tests.livekit.test_browser import enter, more_received, open_tab, served_page
from visio.store.database import Database

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.one_database,
]


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The BiDi socket of a Firefox for all tests of the module."""
    with running_firefox(tmp_path_factory.mktemp("firefox") / "profile") as socket:
        yield socket


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """A server whose media come to all of this machine's addresses, as the product's do.

    Firefox has no candidate on the loopback interface.
    """
    async with running_site(database, host="::") as site:
        yield site


@pytest.mark.parametrize("codec", ["vp8", pytest.param("vp9", marks=pytest.mark.long)])
async def test_firefox_and_chromium_hear_and_see_each_other(
    site: Site, single: bool, codec: str, firefox: str
) -> None:
    async with served_page() as url, opened_tab(firefox) as ada, open_tab() as bob:
        await ada.goto(url)
        await enter(ada, site.url, site.token("ada"), single, videoCodec=codec)
        await enter(bob, site.url, site.token("bob"), single, videoCodec=codec)
        await more_received(bob, "ada")
        await more_received(ada, "bob")
        # livekit-client sends no VP9 from Firefox, which can only receive its layers.
        assert await bob.evaluate("(who) => codec(who)", "ada") == "video/vp8"
        assert await ada.evaluate("(who) => codec(who)", "bob") == f"video/{codec}"
        assert ada.complaints == []
