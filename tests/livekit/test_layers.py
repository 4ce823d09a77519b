"""The layers that a browser is sent follow what it asks for."""

from statistics import median

import pytest
from playwright.async_api import Page

from tests.livekit.site import Site
from tests.livekit.test_browser import enter, more_received, open_tab

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.one_database]

LOW, HIGH = 0, 2

SWITCH = """async ([identity, quality, height]) => {
  const publications = room.remoteParticipants.get(identity).trackPublications.values();
  const publication = [...publications].find((one) => one.kind === "video");
  const picture = publication.track.attachedElements[0];
  const asked = performance.now();
  publication.setVideoQuality(quality);
  while (picture.videoHeight !== height) {
    await new Promise((done) => picture.addEventListener("resize", done, { once: true }));
  }
  return performance.now() - asked;
}"""


SENT = """async () => {
  const publication = [...room.localParticipant.videoTrackPublications.values()][0];
  const stats = [...(await publication.track.getRTCStatsReport()).values()];
  const streams = stats.filter((one) => one.type === "outbound-rtp");
  return Object.fromEntries(streams.map((one) => [one.rid, one.framesSent ?? 0]));
}"""


async def switch(page: Page, quality: int, height: int) -> float:
    """Ask for a quality of Ada's camera; the milliseconds until the picture is as high."""
    return float(await page.evaluate(SWITCH, ["ada", quality, height]))


async def unwatched(page: Page, rid: str) -> None:
    """Wait until a layer is not sent any more."""
    before = {}
    while (now := (await page.evaluate(SENT))[rid]) != before.get(rid):
        before[rid] = now
        await page.wait_for_timeout(BREATH)


async def test_layers_follow_what_is_asked_for_within_200_ms(site: Site, single: bool) -> None:
    async with open_tab() as ada, open_tab() as bob:
        await enter(ada, site.url, site.token("ada"), single)
        await enter(bob, site.url, site.token("bob"), single)
        await more_received(bob, "ada")
        downs, ups = [], []
        for _ in range(7):
            await bob.wait_for_timeout(BREATH)
            downs.append(await switch(bob, LOW, 180))
            await bob.wait_for_timeout(BREATH)
            ups.append(await switch(bob, HIGH, 360))
        assert max(median(downs), median(ups)) <= 200, (downs, ups)


async def test_layers_that_nobody_watches_are_not_sent(site: Site, single: bool) -> None:
    async with open_tab() as ada, open_tab() as bob:
        await enter(ada, site.url, site.token("ada"), single)
        await enter(bob, site.url, site.token("bob"), single)
        await more_received(bob, "ada")
        await switch(bob, LOW, 180)
        await unwatched(ada, "h")
        await more_received(bob, "ada")
        await switch(bob, HIGH, 360)


BREATH = 1_500
"""Milliseconds between two wishes: key frames of a layer are asked for once a second at most."""
