"""The unmodified web client in Debian's Firefox, together with Chromium."""

import pytest

from tests.firefox import opened_tab
from tests.livekit.site import Site
from tests.livekit.test_browser import enter, more_received, open_tab, served_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.one_database,
]


@pytest.mark.rule(321, client="chromium")
@pytest.mark.rule(321, client="firefox")
@pytest.mark.parametrize("codec", ["vp8", pytest.param("vp9", marks=pytest.mark.long)])
async def test_firefox_and_chromium_hear_and_see_each_other(
    everywhere: Site, single: bool, codec: str, firefox: str
) -> None:
    async with served_page() as url, opened_tab(firefox) as ada, open_tab() as bob:
        await ada.goto(url)
        await enter(ada, everywhere.url, everywhere.token("ada"), single, videoCodec=codec)
        await enter(bob, everywhere.url, everywhere.token("bob"), single, videoCodec=codec)
        await more_received(bob, "ada")
        await more_received(ada, "bob")
        # livekit-client sends no VP9 from Firefox, which can only receive its layers.
        assert await bob.evaluate("(who) => codec(who)", "ada") == "video/vp8"
        assert await ada.evaluate("(who) => codec(who)", "bob") == f"video/{codec}"
        assert ada.complaints == []
