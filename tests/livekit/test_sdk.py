"""The unmodified Python SDK against the whole of signalling and media."""

import asyncio

import pytest
from livekit import rtc
from livekit.protocol import models
from livekit.protocol.rtc import AddTrackRequest, SessionDescription

from tests.livekit.caller import Caller, called, heard_tone, seen_colour
from tests.livekit.signal import PATIENCE, joined
from tests.livekit.site import Site, laid_cable
from tests.peer import Client

pytestmark = [
    pytest.mark.slow,
    pytest.mark.one_database,
    pytest.mark.usefixtures("single"),
]

AUDIO, VIDEO = rtc.TrackKind.KIND_AUDIO, rtc.TrackKind.KIND_VIDEO
ORANGE, TEAL = (230, 120, 30), (20, 130, 140)


def close_to(seen: tuple[int, int, int], shown: tuple[int, int, int]) -> bool:
    """Whether it is the same colour, after two conversions and an encoder."""
    return all(abs(a - b) <= 12 for a, b in zip(seen, shown, strict=True))


async def test_two_participants_hear_and_see_each_other(site: Site) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):
        for caller, hertz, colour in ((ada, 440, ORANGE), (bob, 660, TEAL)):
            await caller.speak(hertz)
            await caller.show(colour)
        for listener, identity, hertz, colour in (
            (bob, "ada", 440, ORANGE),
            (ada, "bob", 660, TEAL),
        ):
            first, second = [await listener.event("track_subscribed") for _ in range(2)]
            tracks = {told[0].kind: told[0] for told in (first, second)}
            assert first[2].identity == second[2].identity == identity
            assert abs(await heard_tone(tracks[AUDIO]) - hertz) <= 4
            assert close_to(await seen_colour(tracks[VIDEO]), colour)


async def test_rooms_on_different_threads_hear_only_themselves(site: Site) -> None:
    council = (site.token("ada", "council"), site.token("bob", "council"))
    school = (site.token("ada", "school"), site.token("bob", "school"))
    async with called(site.url, *council) as first, called(site.url, *school) as second:
        for (ada, bob), hertz in ((first, 440), (second, 660)):
            await ada.speak(hertz)
            assert abs(await heard_tone(await bob.track_of("ada", AUDIO)) - hertz) <= 4
        threads = site.media.threads()
        assert [thread.rooms for thread in threads] == [1, 1]
        assert all(thread.counters["packets_forwarded"] > 20 for thread in threads)
        assert [thread.counters["commands_refused"] for thread in threads] == [0, 0]


async def test_who_comes_later_receives_what_is_there(site: Site) -> None:
    async with called(site.url, site.token("ada")) as (ada,):
        await ada.speak(440)
        await ada.show(ORANGE, simulcast=True)
        async with called(site.url, site.token("bob")) as (bob,):
            tracks = {
                told[0].kind: told[0]
                for told in [await bob.event("track_subscribed") for _ in range(2)]
            }
            assert abs(await heard_tone(tracks[AUDIO]) - 440) <= 4
            assert close_to(await seen_colour(tracks[VIDEO]), ORANGE)


async def test_three_participants_hear_one_another_and_a_leaver_is_gone(site: Site) -> None:
    tokens = (site.token("ada"), site.token("bob"), site.token("eve"))
    async with called(site.url, *tokens) as callers:
        tones = {"ada": 440.0, "bob": 660.0, "eve": 880.0}
        for caller in callers:
            await caller.speak(tones[caller.me.identity])
        for caller in callers:
            for _ in range(2):
                track, _, participant = await caller.event("track_subscribed")
                assert abs(await heard_tone(track) - tones[participant.identity]) <= 4
        ada, bob, eve = callers
        await eve.leave()
        for caller in (ada, bob):
            (gone,) = await caller.event("participant_disconnected")
            assert gone.identity == "eve"
            assert "eve" not in caller.room.remote_participants


async def test_tracks_are_received_when_asked_for(site: Site) -> None:
    async with called(site.url, site.token("ada")) as (ada,):
        await ada.speak(440)
        async with called(site.url, site.token("bob"), auto_subscribe=False) as (bob,):
            there = bob.room.remote_participants["ada"]
            if not there.track_publications:  # its offer was still on its way when bob joined
                await bob.event("track_published")
            (publication,) = there.track_publications.values()
            assert not publication.subscribed
            publication.set_subscribed(True)
            track = await bob.track_of("ada", AUDIO)
            assert abs(await heard_tone(track) - 440) <= 4
            publication.set_subscribed(False)
            await bob.event("track_unsubscribed")
            publication.set_subscribed(True)
            track = await bob.track_of("ada", AUDIO)
            assert abs(await heard_tone(track) - 440) <= 4


async def test_unpublished_and_published_again(site: Site) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):
        for hertz in (440, 550, 660):
            publication = await ada.speak(hertz)
            track = await bob.track_of("ada", AUDIO)
            assert abs(await heard_tone(track) - hertz) <= 4
            await ada.me.unpublish_track(publication.sid)
            await bob.event("track_unpublished")


async def test_mute_is_seen_by_the_others(site: Site) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):
        publication = await ada.speak(440)
        await bob.track_of("ada", AUDIO)
        assert isinstance(publication.track, rtc.LocalAudioTrack)
        publication.track.mute()
        participant, muted = await bob.event("track_muted")
        assert (participant.identity, muted.muted) == ("ada", True)
        publication.track.unmute()
        await bob.event("track_unmuted")


async def test_publisher_learns_that_it_is_heard(site: Site) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):
        publication = await ada.speak(440)
        async with asyncio.timeout(PATIENCE):
            await publication.wait_for_subscription()
        speakers: list[rtc.Participant] = []
        while not speakers:
            (speakers,) = await bob.event("active_speakers_changed")
        assert [speaker.identity for speaker in speakers] == ["ada"]


async def test_qualities_of_connections_are_told_and_who_is_gone_is_lost(site: Site) -> None:
    async with called(site.url, site.token("ada")) as (ada,), joined(site, "bob") as bob:
        client = await Client.open()
        client.publish("audio", "voice")
        microphone = {"type": models.AUDIO, "source": models.MICROPHONE}
        await bob.send(add_track=AddTrackRequest(cid="voice", **microphone))
        await bob.send(offer=SessionDescription(type="offer", sdp=client.offer(), id=1))
        await client.accept((await bob.expect("answer")).sdp)
        assert await quality_of(ada, "bob") == rtc.ConnectionQuality.QUALITY_EXCELLENT
        # From now on nothing comes from him, not even a connectivity check.
        assert await quality_of(ada, "bob") == rtc.ConnectionQuality.QUALITY_LOST
        assert ada.room.remote_participants["bob"].sid == bob.sid
        await client.close()


async def quality_of(caller: Caller, identity: str) -> rtc.ConnectionQuality:
    """The next news of somebody's connection: two windows of five seconds may pass."""
    while True:
        participant, quality = await caller.event("connection_quality_changed", 3 * PATIENCE)
        if participant.identity == identity:
            return quality


async def test_data_packets_reach_everybody_or_those_named(site: Site) -> None:
    tokens = (site.token("ada"), site.token("bob"), site.token("eve"))
    async with called(site.url, *tokens) as (ada, bob, eve):
        await ada.me.publish_data(b"to eve", destination_identities=["eve"], topic="t")
        await ada.me.publish_data(b"to all")
        (first,) = await eve.event("data_received")
        assert (first.data, first.participant.identity, first.topic) == (b"to eve", "ada", "t")
        for caller in (bob, eve):
            (packet,) = await caller.event("data_received")
            assert packet.data == b"to all"
        await bob.me.publish_data(b"quick", reliable=False)
        (packet,) = await ada.event("data_received")
        assert packet.kind == rtc.DataPacketKind.KIND_LOSSY


async def test_data_sent_right_after_the_join_arrives(site: Site) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):
        await ada.me.publish_data(b"welcome")
        (packet,) = await bob.event("data_received")
        assert packet.data == b"welcome"


async def test_chat_line_arrives_as_a_text_stream(site: Site) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):
        lines: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        reading: list[asyncio.Task[None]] = []

        async def read(reader: rtc.TextStreamReader, identity: str) -> None:
            lines.put_nowait((identity, await reader.read_all()))

        bob.room.register_text_stream_handler(
            "lk.chat",
            lambda reader, identity: reading.append(asyncio.create_task(read(reader, identity))),
        )
        for line in ("Bonjour à tous", "x" * 40_000):
            await ada.me.send_text(line, topic="lk.chat")
            async with asyncio.timeout(PATIENCE):
                assert await lines.get() == ("ada", line)


async def test_remote_procedures_are_called(site: Site) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):

        async def greet(call: rtc.RpcInvocationData) -> str:
            return f"{call.payload} {call.caller_identity}"

        bob.me.register_rpc_method("greet", greet)
        answer = await ada.me.perform_rpc(
            destination_identity="bob", method="greet", payload="hello"
        )
        assert answer == "hello ada"


async def test_name_and_attributes_change_for_everybody(site: Site) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):
        await ada.me.set_name("Ada Lovelace")
        participant, old, new = await bob.event("participant_name_changed")
        assert (participant.identity, old, new) == ("ada", "Ada", "Ada Lovelace")
        await ada.me.set_attributes({"hand": "up"})
        changed, participant = await bob.event("participant_attributes_changed")
        assert (changed, participant.identity) == ({"hand": "up"}, "ada")


async def test_attributes_of_the_server_cannot_be_set(site: Site) -> None:
    async with called(site.url, site.token("ada")) as (ada,):
        await ada.me.set_attributes({"visio.role": "owner"})
        found = site.hub.find("bots-only", "ada")
        assert found is not None
        assert "visio.role" not in found[1].attributes


async def test_same_identity_ends_the_older_session(site: Site) -> None:
    async with called(site.url, site.token("ada")) as (old,), called(site.url, site.token("ada")):
        (reason,) = await old.event("disconnected")
        assert reason == rtc.DisconnectReason.DUPLICATE_IDENTITY


async def test_a_stopping_server_has_its_clients_come_back(site: Site) -> None:
    async with called(site.url, site.token("ada")) as (ada,):
        await site.hub.close()
        await ada.event("reconnecting")


async def test_a_cut_socket_is_resumed_and_media_goes_on(site: Site) -> None:
    async with laid_cable(site.address) as cable, called(site.url, site.token("ada")) as (ada,):
        await ada.speak(440)
        async with called(cable.url, site.token("bob")) as (bob,):
            track = await bob.track_of("ada", AUDIO)
            sid = bob.me.sid
            cable.cut()
            await bob.event("reconnecting")
            await bob.event("reconnected")
            assert bob.me.sid == sid
            assert abs(await heard_tone(track) - 440) <= 4
            await talk_both_ways(ada, bob)


async def talk_both_ways(ada: Caller, bob: Caller) -> None:
    """Data, and new media, after whatever happened."""
    await ada.me.publish_data(b"still there?")
    (packet,) = await bob.event("data_received")
    assert packet.data == b"still there?"
    await bob.me.publish_data(b"yes")
    (packet,) = await ada.event("data_received")
    assert packet.data == b"yes"
    await bob.speak(660)
    assert abs(await heard_tone(await ada.track_of("bob", AUDIO)) - 660) <= 4
