"""What an unmodified SDK shows: each test runs with each, together with the Python SDK or a bot."""

import asyncio
from typing import Any

import pytest
from livekit import api
from livekit.protocol import models

from tests.callers import House
from tests.conformance.guest import present
from tests.conformance.party import NAME, clients, party, program, talk
from tests.conformance.rules import BROWSERS
from tests.conformance.sdks import Client, python
from tests.livekit.site import Site, laid_cable

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.one_database]

rule = pytest.mark.rule
every = clients("python", *BROWSERS, "node")
with_mute = clients("python", *BROWSERS)
"""Node's SDK has no mute and no subscription permissions, and no option for two connections."""
browsers = clients(*BROWSERS)

LOST = {"lost", str(models.LOST)}
"""What browsers and the Rust SDKs call that quality."""


@pytest.fixture
def site(everywhere: Site) -> Site:
    return everywhere


@every
@rule(36, 100, 102, 110, 112, 113, 127, 130, 131, 136)
@rule(167, 168, 172, 173, 174, 176, 236, 256)
async def test_one_connection_carries_everything_both_ways(site: Site, sdk: Client) -> None:
    """Nothing of it works without each of these rules."""
    async with party(site, sdk) as (ada, bob):
        await ada("event", "participantConnected", "bob")
        assert list(await bob("roster")) == ["ada"]
        me = await bob("me")
        found = site.hub.find(NAME, "bob")
        assert found
        assert me["sid"] == found[1].sid
        assert (me["room"], me["roomName"]) == (found[0].room.sid, NAME)
        await talk(ada, bob)
        await bob("event", "localTrackSubscribed")
        await bob("event", "activeSpeakersChanged", "ada")
        tracks = (await bob("roster"))["ada"]["tracks"]
        assert sorted(tracks) == sorted(found[0].room.find("ada").tracks)  # type: ignore[union-attr]


@with_mute
@rule(37, 111, 157, 158, 159)
async def test_two_connections_carry_everything_both_ways(site: Site, sdk: Client) -> None:
    async with party(site, sdk, single=False) as (ada, bob):
        await talk(ada, bob)
        await ada("say", "hello", {"topic": "t"})
        await bob("event", "dataReceived", "hello", "ada")
        await bob("say", "hello too", {"topic": "t"})
        await ada("event", "dataReceived", "hello too", "bob")


@browsers
@rule(1)
async def test_browsers_see_that_the_server_is_there(house: House, sdk: Client) -> None:
    async with sdk.open(True) as bob:
        assert await bob("head", str(house.server.make_url("/"))) == 200


@every
@rule(7, 8)
async def test_an_http_address_with_a_slash_works(site: Site, sdk: Client) -> None:
    url = site.url.replace("ws://", "http://") + "/"
    async with party(site, sdk, url=url) as (_, bob):
        assert list(await bob("roster")) == ["ada"]


@every
@rule(46, 249, 121)
async def test_what_one_is_called_is_seen_by_all(site: Site, sdk: Client) -> None:
    token = site.token("bob", metadata="m", attributes={"seat": "1"})
    async with party(site, sdk, token=token) as (ada, bob):
        await ada("event", "participantConnected", "bob")
        shown = (await ada("roster"))["bob"]
        assert (shown["name"], shown["metadata"], shown["attributes"]["seat"]) == ("Bob", "m", "1")
        await bob("rename", "Bob the second")
        await ada("event", "participantNameChanged", "bob", "Bob the second")
        await bob("describe", "other")
        await ada("event", "participantMetadataChanged", "bob", "other")
        await bob("attribute", {"hand": "up", "seat": ""})
        while (shown := (await ada("roster"))["bob"])["attributes"].get("hand") != "up":
            await ada("event", "participantAttributesChanged", "bob")
        assert (shown["name"], shown["metadata"]) == ("Bob the second", "other")
        assert not shown["attributes"].get("seat")
        await ada("rename", "Ada the second")
        await bob("event", "participantNameChanged", "ada")


@every
@rule(59)
async def test_a_bad_token_is_refused_at_once(site: Site, sdk: Client) -> None:
    async with sdk.open(True) as bob:
        with pytest.raises(Exception, match=r"(?i)invalid|unauthori|401|denied"):
            await bob("join", site.url, site.token("bob")[:-3], {})


@browsers
@rule(4, 61, 62)
async def test_browsers_are_told_why_they_are_refused(site: Site, sdk: Client) -> None:
    async with program(site) as bots:
        await bots.room.create_room(api.CreateRoomRequest(name=NAME, max_participants=1))
    async with python(True) as ada, sdk.open(True) as bob:
        await ada("join", site.url, site.token("ada"), {})
        with pytest.raises(Exception, match="invalid token"):
            await bob("join", site.url, site.token("bob")[:-3], {})
        with pytest.raises(Exception, match="max participants"):
            await bob("join", site.url, site.token("bob"), {})
        with pytest.raises(Exception, match="does not exist"):
            await bob("join", site.url, site.token("bob", "no-such-room", "visio"), {})


@every
@rule(78, 166, 211, 212, 214, 215)
async def test_data_reach_all_or_those_named(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (ada, bob), python(True) as eve:
        await eve("join", site.url, site.token("eve"), {})
        await bob("event", "participantConnected", "eve")
        await bob("say", "to eve", {"to": ["eve"], "topic": "t"})
        await bob("say", "to all", {"topic": "t"})
        await eve("event", "dataReceived", "to eve", "bob", "t")
        assert "to all" in await ada("event", "dataReceived")
        await eve("event", "dataReceived", "to all", "bob")
        await ada("say", "to bob", {"to": ["bob"], "topic": "t"})
        await bob("event", "dataReceived", "to bob", "ada")
        await ada("say", "quick", {"reliable": False, "topic": "t"})
        await bob("event", "dataReceived", "quick", "ada")
        await bob("say", "quick too", {"reliable": False, "topic": "t"})
        await ada("event", "dataReceived", "quick too", "bob")


@every
@rule(91, 220, 221)
async def test_calls_and_streams(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (ada, bob):
        await ada("event", "participantConnected", "bob")
        for caller, other, name in ((ada, "bob", "ada"), (bob, "ada", "bob")):
            assert await caller("greet", other, "greet", "hello") == f"hello {name}"
            with pytest.raises(Exception, match="no greeting"):
                await caller("greet", other, "greet", "refuse")
            with pytest.raises(Exception, match=r"(?i)not supported"):
                await caller("greet", other, "unknown", "")
        for text in ("Bonjour à tous", "x" * 40_000):
            await bob("chat", text)
            await ada("event", "text", text, "bob")
            await ada("chat", text)
            await bob("event", "text", text, "ada")


@with_mute
@rule(222)
async def test_bytes_arrive_as_they_were_sent(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (ada, bob):
        arrived: asyncio.Queue[tuple[bytes, str]] = asyncio.Queue()
        reading: list[asyncio.Task[None]] = []

        async def read(reader: Any, identity: str) -> None:
            data = b"".join([chunk async for chunk in reader])
            arrived.put_nowait((data, identity))

        ada._room.register_byte_stream_handler(  # type: ignore[attr-defined]
            "files", lambda *told: reading.append(asyncio.create_task(read(*told)))
        )
        await ada("event", "participantConnected", "bob")
        sent = [number % 256 for number in range(50_000)]
        await bob("bytes", sent)
        async with asyncio.timeout(10):
            assert await arrived.get() == (bytes(sent), "bob")


@every
@rule(115)
async def test_tracks_are_received_when_asked_for(site: Site, sdk: Client) -> None:
    async with party(site, sdk, autoSubscribe=False) as (ada, bob):
        await ada("speak")
        await bob("event", "trackPublished", "ada")
        await bob("subscribe", "ada", True)
        await bob("receives", "ada", "audio")
        await bob("subscribe", "ada", False)
        await bob("event", "trackUnsubscribed", "ada")
        await bob("subscribe", "ada", True)
        await bob("receives", "ada", "audio")


@with_mute
@rule(170)
async def test_sections_are_used_again(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (ada, bob):
        for _ in range(3):
            sid = await ada("speak")
            await bob("receives", "ada", "audio")
            await ada("unpublish", sid)
            await bob("event", "trackUnpublished", "ada")


@every
@rule(147)
async def test_unpublished_and_published_again(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (ada, bob):
        for _ in range(2):
            sid = await bob("speak")
            await ada("receives", "bob", "audio")
            await bob("unpublish", sid)
            await ada("event", "trackUnpublished", "bob")


@with_mute
@rule(114, 132, 247)
async def test_mute_is_seen_and_can_be_done_by_programs(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (ada, bob), program(site) as bots:
        sid = await bob("speak")
        await ada("receives", "bob", "audio")
        await bob("mute", sid, True)
        await ada("event", "trackMuted", "bob")
        await bob("mute", sid, False)
        await ada("event", "trackUnmuted", "bob")
        asked = api.MuteRoomTrackRequest(room=NAME, identity="bob", track_sid=sid, muted=True)
        await bots.room.mute_published_track(asked)
        await ada("event", "trackMuted", "bob")
        await bob("event", "trackMuted", "bob")


@clients("node")
@rule(247)
async def test_node_shows_what_programs_muted(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (ada, bob), program(site) as bots:
        sid = await ada("speak")
        await bob("receives", "ada", "audio")
        asked = api.MuteRoomTrackRequest(room=NAME, identity="ada", track_sid=sid, muted=True)
        await bots.room.mute_published_track(asked)
        await bob("event", "trackMuted", "ada")


@every
@rule(81, 239, 241)
async def test_quality_is_told_of_oneself_and_of_others(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (ada, bob):
        await ada("speak")
        for identity in ("bob", "ada"):
            assert await bob("graded", identity) not in LOST


@every
@rule(133)
async def test_new_metadata_of_the_room_is_told_at_once(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (_, bob), program(site) as bots:
        asked = api.UpdateRoomMetadataRequest(room=NAME, metadata="green")
        await bots.room.update_room_metadata(asked)
        await bob("event", "roomMetadataChanged", "green")


@browsers
@rule(138)
async def test_a_track_that_is_not_allowed_is_refused_at_once(site: Site, sdk: Client) -> None:
    token = site.token("bob", can_publish_sources=("camera",))
    async with party(site, sdk, token=token) as (_, bob):
        async with asyncio.timeout(5):
            with pytest.raises(Exception, match=r"(?i)permission|not.?allowed|refused|reject|fail"):
                await bob("speak")


@every
@rule(244)
async def test_a_permission_taken_away_takes_its_tracks(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (ada, bob), program(site) as bots:
        await bob("speak")
        await ada("receives", "bob", "audio")
        forbidden = api.ParticipantPermission(can_publish=False, can_subscribe=True)
        asked = api.UpdateParticipantRequest(room=NAME, identity="bob", permission=forbidden)
        await bots.room.update_participant(asked)
        await ada("event", "trackUnpublished", "bob")
        if sdk.name in BROWSERS:  # the Rust SDKs say nothing of it
            await bob("event", "localTrackUnpublished")


@with_mute
@rule(243)
async def test_who_may_receive_is_the_publisher_s_choice(site: Site, sdk: Client) -> None:
    async with present(site, "ada") as ada, sdk.open(True) as bob:
        await bob("join", site.url, site.token("bob"), {})
        sid = await bob("speak")
        assert list((await ada.sections()).mid_to_track_id.values()) == [sid]
        for permitted, allowed in ((["eve"], False), ([], True)):
            await bob("permit", permitted)
            told = await ada.signal.expect("subscription_permission_update")
            assert (told.track_sid, told.allowed) == (sid, allowed)
            assert bool((await ada.sections()).mid_to_track_id) == allowed


@every
@rule(250)
async def test_hidden_participants_are_shown_to_nobody(site: Site, sdk: Client) -> None:
    async with python(True) as ghost:
        await ghost("join", site.url, site.token("ghost", hidden=True), {})
        async with party(site, sdk) as (ada, bob):
            assert list(await bob("roster")) == ["ada"]
            await ghost("leave")
            await ada("say", "after", {"topic": "t"})
            await bob("event", "dataReceived", "after")
            assert list(await bob("roster")) == ["ada"]


@every
@rule(117, 251, 265)
async def test_who_leaves_is_gone_at_once(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (ada, bob):
        async with python(True) as eve:
            await eve("join", site.url, site.token("eve"), {})
            await bob("event", "participantConnected", "eve")
        await bob("event", "participantDisconnected", "eve")
        await bob("leave")
        await ada("event", "participantDisconnected", "bob")


@every
@rule(262, 266)
async def test_the_same_identity_ends_the_older_session(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (_, bob), python(True) as again:
        await again("join", site.url, site.token("bob"), {})
        await bob("event", "disconnected", str(api.DisconnectReason.DUPLICATE_IDENTITY))


@every
@rule(262, 267)
async def test_who_is_removed_is_told_so(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (_, bob), program(site) as bots:
        await bots.room.remove_participant(api.RoomParticipantIdentity(room=NAME, identity="bob"))
        await bob("event", "disconnected", str(api.DisconnectReason.PARTICIPANT_REMOVED))


@every
@rule(262, 268)
async def test_a_deleted_room_says_so(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (_, bob), program(site) as bots:
        await bots.room.delete_room(api.DeleteRoomRequest(room=NAME))
        await bob("event", "disconnected", str(api.DisconnectReason.ROOM_DELETED))


@every
@rule(270)
async def test_a_stopping_server_has_its_clients_come_back(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (_, bob):
        await site.hub.close()
        await bob("event", "reconnecting")


@every
@rule(73, 207, 275, 279, 284)
async def test_a_cut_socket_is_resumed_and_media_go_on(site: Site, sdk: Client) -> None:
    async with laid_cable(site.address) as cable, party(site, sdk, url=cable.url) as (ada, bob):
        await talk(ada, bob)
        before = (await bob("me"))["sid"]
        cable.cut()
        await bob("event", "reconnected")
        assert (await bob("me"))["sid"] == before
        await bob("receives", "ada", "video")
        await ada("receives", "bob", "video")
        await bob("say", "still there", {"topic": "t"})
        await ada("event", "dataReceived", "still there")


@browsers
@rule(264)
async def test_a_session_that_is_over_is_begun_anew(site: Site, sdk: Client) -> None:
    """Its socket is cut, and the server knows nothing of it any more."""
    async with laid_cable(site.address) as cable, party(site, sdk, url=cable.url) as (ada, bob):
        await bob("speak")
        await ada("receives", "bob", "audio")
        before = (await bob("me"))["sid"]
        found = site.hub.find(NAME, "bob")
        assert found
        cable.cut()
        live, participant = found
        live.perform(live.room.leave(participant.sid, models.UNKNOWN_REASON, 0.0))
        await bob("event", "reconnected")
        assert (await bob("me"))["sid"] != before
        await ada("receives", "bob", "audio")


@browsers
@rule(150, 152)
async def test_speech_and_an_end_can_be_pretended(site: Site, sdk: Client) -> None:
    async with party(site, sdk) as (_, bob):
        await bob("simulate", "speaker")
        await bob("event", "activeSpeakersChanged", "bob")
        assert await bob("event", "activeSpeakersChanged") == []
        await bob("simulate", "server-leave")
        await bob("event", "disconnected", str(api.DisconnectReason.SERVER_SHUTDOWN))


@browsers
@rule(151, 156)
@pytest.mark.parametrize("scenario", ["node-failure", "migration", "leave-full-reconnect"])
async def test_a_session_that_is_cut_off_is_begun_anew(
    site: Site, sdk: Client, scenario: str
) -> None:
    async with party(site, sdk) as (ada, bob):
        before = (await bob("me"))["sid"]
        await bob("simulate", scenario)
        await bob("event", "reconnected")
        assert (await bob("me"))["sid"] != before
        await bob("say", "back", {"topic": "t"})
        await ada("event", "dataReceived", "back")


@browsers
@rule(227, 232, 233)
async def test_layers_are_sent_as_they_are_watched(site: Site, sdk: Client) -> None:
    """Of the layers of 640 × 360 the publisher sends those that somebody has use for."""
    async with sdk.open(True) as ada, sdk.open(True) as bob:
        await ada("join", site.url, site.token("ada"), {})
        await bob("join", site.url, site.token("bob"), {})
        sid = await ada("film")
        await bob("receives", "ada", "video")

        assert await ada("layers", sid, 2) == 2
        await bob("quality", "ada", 0)
        await ada("layers", sid, 1)
        await bob("size", "ada", 640, 360)
        await ada("layers", sid, 2)
        await bob("enable", "ada", False)
        await ada("layers", sid, 0)
        await bob("enable", "ada", True)
        await bob("receives", "ada", "video")
