"""What hosts decide is enforced by the server: with a client that ignores every message."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError
from livekit.protocol import models, rtc
from livekit.protocol.rtc import RequestResponse

from tests.livekit.signal import Signal, connected, joined
from tests.livekit.site import Site, running_site
from visio.store import bans, rooms
from visio.store.database import Database

pytestmark = pytest.mark.one_database


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """A running server with one room, "council"."""
    async with running_site(database) as site:
        await site.make_room("council")
        yield site


async def change(site: Site, **values: object) -> None:
    """As PATCH does."""
    async with site.database.transaction() as session:
        row = await rooms.by_slug(session, "council")
        assert row is not None
        await rooms.change(session, row.id, values)
    await site.hub.configure("council")


async def refusal(site: Site, identity: str, **claims: Any) -> tuple[int, str]:
    """What somebody is answered who does not get in, when connecting and when asking before."""
    token = site.token(identity, "council", "visio", **claims)
    with pytest.raises(WSServerHandshakeError) as refused:
        async with connected(site, token):
            pass
    query = {"access_token": token, "join_request": ""}
    url = f"http://{site.address[0]}:{site.address[1]}/rtc/v1/validate"
    async with site.http.get(url, params=query) as answer:
        assert answer.status == refused.value.status
        return answer.status, await answer.text()


async def publish(signal: Signal, source: models.TrackSource) -> Any:
    """Ask to publish; the answer."""
    kind = models.AUDIO if source == models.MICROPHONE else models.VIDEO
    request = rtc.AddTrackRequest(cid=f"cid-{source}", type=kind, source=source)
    await signal.send(add_track=request)
    while True:
        message = await signal.receive()
        if message.WhichOneof("message") in ("track_published", "request_response"):
            return message


async def test_a_source_kept_for_hosts_is_revoked_and_refused(site: Site) -> None:
    async with joined(site, "bob", "council", "visio") as bob:
        track = (await publish(bob, models.CAMERA)).track_published.track
        await change(site, camera="hosts")
        assert (await bob.expect("track_unpublished")).track_sid == track.sid
        refused = (await publish(bob, models.CAMERA)).request_response
        assert refused.reason == RequestResponse.NOT_ALLOWED
        assert (await publish(bob, models.MICROPHONE)).HasField("track_published")
        await change(site, camera="everyone")
        assert (await publish(bob, models.CAMERA)).HasField("track_published")


async def test_those_inside_are_shown_the_settings(site: Site) -> None:
    async with joined(site, "bob", "council", "visio") as bob:
        await change(site, locked=True, muting="everyone", max_participants=7)
        room = (await bob.expect("room_update")).room
        shown = json.loads(room.metadata)
        assert (shown["locked"], shown["muting"], room.max_participants) == (True, "everyone", 7)


async def test_who_joins_later_has_the_rights_of_the_moment(site: Site) -> None:
    await change(site, microphone="hosts", camera="hosts", screen_share="hosts")
    async with joined(site, "bob", "council", "visio") as bob:
        assert not bob.join.participant.permission.can_publish
        refused = (await publish(bob, models.MICROPHONE)).request_response
        assert refused.reason == RequestResponse.NOT_ALLOWED


async def test_a_lock_refuses_every_token_but_those_of_who_was_inside(site: Site) -> None:
    async with joined(site, "ada", "council", "visio"):
        async with joined(site, "bob", "council", "visio"):
            await change(site, locked=True)
            assert (await refusal(site, "eve")) == (403, "This room is locked.")
        async with joined(site, "bob", "council", "visio") as again:
            assert again.join.participant.identity == "bob"


async def test_a_ban_outlives_every_token(site: Site) -> None:
    async with site.database.transaction() as session:
        row = await rooms.by_slug(session, "council")
        assert row is not None
        await bans.add(session, row.id, account_id=None, guest="browser", name="Eve")
    assert (await refusal(site, "eve", guest="browser"))[0] == 403
    async with joined(site, "bob", "council", "visio", guest="another"):
        pass


async def test_a_role_that_the_token_claims_counts_for_nothing(site: Site) -> None:
    claimed = {"visio.role": "owner"}
    async with joined(site, "eve", "council", "visio", attributes=claimed) as eve:
        assert eve.join.participant.attributes["visio.role"] == "guest"


async def test_a_restricted_room_takes_no_token_of_the_day_before(site: Site) -> None:
    await change(site, access="restricted")
    assert (await refusal(site, "eve", meeting="yesterday"))[0] == 403


async def test_no_more_come_in_than_the_room_takes(site: Site) -> None:
    async with joined(site, "ada", "council", "visio"):
        await change(site, max_participants=1)
        assert (await refusal(site, "bob")) == (403, "room has exceeded its max participants")


async def test_programs_with_keys_of_their_own_pass_the_door(site: Site) -> None:
    """An operator gave them: what hosts decide is about people."""
    await change(site, access="restricted", locked=True)
    async with joined(site, "bot", "council") as bot:
        assert "visio.role" not in bot.join.participant.attributes
