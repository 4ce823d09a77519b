"""livekit-client publishes VP9 to those who can decode it, and VP8 besides when somebody cannot."""

import asyncio

import pytest
from livekit import rtc

from tests.firefox import PATIENCE
from tests.livekit.caller import called, seen_colour
from tests.livekit.site import Site
from tests.livekit.test_browser import enter, more_received, open_tab

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.one_database,
]

SIMULCAST, REGRESSION = 1, 2


@pytest.mark.long
@pytest.mark.parametrize(("policy", "codec"), [(SIMULCAST, "video/VP9"), (REGRESSION, "video/VP8")])
@pytest.mark.rule(149, 230, client="chromium")
async def test_who_cannot_decode_the_first_codec_is_sent_the_backup(
    site: Site, single: bool, policy: int, codec: str
) -> None:
    async with open_tab() as publisher, open_tab() as modern, open_tab() as old:
        await old.evaluate("forget('video/VP9')")
        for page, identity in ((modern, "modern"), (old, "old")):
            await enter(page, site.url, site.token(identity), single)
        await enter(
            publisher,
            site.url,
            site.token("publisher"),
            single,
            videoCodec="vp9",
            backupCodec={"codec": "vp8"},
            backupCodecPolicy=policy,
            videoEncoding={"maxBitrate": 300_000, "maxFramerate": 10},
        )
        for page, expected in ((old, "video/VP8"), (modern, codec)):
            async with asyncio.timeout(PATIENCE):
                await page.evaluate("(codec) => receiveCodec('publisher', codec)", expected)
            await more_received(page, "publisher")
        assert await old.evaluate("codecs('publisher')") == ["video/VP8"]


async def test_without_need_there_is_no_backup(site: Site, single: bool) -> None:
    async with called(site.url, site.token("ada")) as (ada,), open_tab() as publisher:
        await enter(publisher, site.url, site.token("publisher"), single, videoCodec="vp9")
        _, green, _ = await seen_colour(await ada.track_of("publisher", rtc.TrackKind.KIND_VIDEO))
        assert green > 100
        (live,) = site.hub.all_open()
        there = live.room.find("publisher")
        assert there
        (camera,) = [track for track in there.tracks.values() if not track.is_microphone]
        assert (camera.publication.mime, camera.backups) == ("video/vp9", [])
