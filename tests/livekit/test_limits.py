"""What is too much for the server is an error for the user of an SDK, not a silence."""

from typing import Any

import pytest
from livekit.protocol import models
from livekit.rtc.participant import PublishDataError
from playwright.async_api import Page

from tests.livekit.caller import called
from tests.livekit.site import Site
from tests.livekit.test_browser import enter, open_tab

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.one_database]

TOO_MUCH = {
    "length": f"a=x-note:{'n' * 4000}\r\n" * 140,
    "candidates": "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n" * 65,
    "m-lines": "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n" * 401,
}
"""To be added to an offer."""


@pytest.mark.long  # it takes the SDK a quarter of a minute to say so
@pytest.mark.parametrize("what", TOO_MUCH)
async def test_a_first_offer_that_is_too_large_fails_the_join(site: Site, what: str) -> None:
    async with open_tab() as page:
        await page.evaluate(ENLARGE_FIRST, TOO_MUCH[what])
        with pytest.raises(Exception, match="ConnectionError"):
            await enter(page, site.url, site.token("ada"), single=True)
        assert site.hub.find("bots-only", "ada") is None


async def test_a_later_offer_that_is_too_large_ends_the_call_with_a_reason(
    site: Site, single: bool
) -> None:
    async with open_tab() as page:
        for what in TOO_MUCH.values():
            await enter(page, site.url, site.token("ada"), single)
            assert await page.evaluate(ENLARGE_LATER, what) == models.MEDIA_FAILURE


async def test_what_is_too_large_fails_what_sent_it(site: Site, single: bool) -> None:
    async with open_tab() as page:
        await enter(page, site.url, site.token("ada"), single)
        await page.evaluate("say('short')")
        me = "room.localParticipant"
        for action in (f"{me}.setMetadata(text)", f"{me}.setAttributes({{ text }})", "say(text)"):
            assert await failure(page, action, "m" * 66_000)
            # The call goes on.
            await page.wait_for_function("room.state === 'connected'")
            assert await failure(page, action, "short") == ""


async def test_data_that_are_too_large_fail_in_python(site: Site, single: bool) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):
        with pytest.raises(PublishDataError, match="maximum message size"):
            await ada.me.publish_data("m" * 66_000)
        await ada.me.publish_data("short")
        (packet,) = await bob.event("data_received")
        assert packet.data == b"short"


async def test_a_frame_that_is_too_large_interrupts_the_call_in_python(
    site: Site, single: bool
) -> None:
    async with called(site.url, site.token("ada")) as (ada,):
        # This SDK keeps all errors of it to itself.
        await ada.me.set_metadata("m" * 66_000)
        await ada.event("reconnecting")
        await ada.event("reconnected")
        assert ada.me.metadata == ""


async def failure(page: Page, action: str, text: str) -> Any:
    """What the promise of the action is rejected with, or nothing."""
    return await page.evaluate(f"(text) => {action}.then(() => '', String)", text)


ENLARGE_FIRST = """(extra) => {
  const create = RTCPeerConnection.prototype.createOffer;
  RTCPeerConnection.prototype.createOffer = async function (...told) {
    const { type, sdp } = await create.apply(this, told);
    return { type, sdp: sdp + extra };
  };
}"""

# Resolves with the reason why the call ended.
ENLARGE_LATER = """async (extra) => {
  const { client } = room.engine;
  const send = client.sendOffer;
  client.sendOffer = ({ type, sdp }, ...more) =>
    send.call(client, { type, sdp: sdp + extra }, ...more);
  const ended = new Promise((resolve) => room.on("disconnected", resolve));
  room.localParticipant.publishTrack(tone(660), { source: "screen_share_audio" }).catch(() => {});
  return await ended;
}"""
