"""What the server drives by itself, and how participants leave and come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiortc.rtp import RtpPacket  # noqa: TID251
from livekit import api
from livekit.protocol import models, rtc
from livekit.protocol.models import ParticipantInfo
from livekit.protocol.rtc import LeaveRequest

from tests.conformance.guest import Guest, joined, present
from tests.conformance.party import program
from tests.conformance.test_tracks import names_until_pong, rule, update_of
from tests.livekit.signal import Signal, connected
from tests.livekit.site import Site
from tests.peer import OPUS, VP8

pytestmark = [pytest.mark.one_database, pytest.mark.slow]

ROOM = "bots-only"
LAYERS = [
    models.VideoLayer(quality=models.LOW, width=160, height=90, rid="q"),
    models.VideoLayer(quality=models.MEDIUM, width=320, height=180, rid="h"),
    models.VideoLayer(quality=models.HIGH, width=640, height=360, rid="f"),
]


async def film(guest: Guest) -> models.TrackInfo:
    """Publish a camera in three layers."""
    return await guest.publish(
        "video",
        "camera",
        rids=("q", "h", "f"),
        source=models.CAMERA,
        width=640,
        height=360,
        layers=LAYERS,
    )


async def asked(guest: Guest) -> list[bool]:
    """Which qualities the publisher is next asked for, from LOW to HIGH."""
    update = await guest.signal.expect("subscribed_quality_update")
    return [one.enabled for one in update.subscribed_qualities]


async def speak(guest: Guest, level: int, until: asyncio.Event) -> None:
    """Send a microphone's packets of that level, 20 ms each, until told to stop."""
    mid = guest.client.slots[-1].mid
    number = 0
    while not until.is_set():
        packet = RtpPacket(payload_type=OPUS, sequence_number=number, timestamp=960 * number)
        packet.ssrc, packet.payload = 77, b"\xf8\xff\xfe"
        packet.extensions.mid, packet.extensions.audio_level = mid, (True, level)
        await guest.client.send(packet)
        number += 1
        await asyncio.sleep(0.02)  # what a microphone does


@asynccontextmanager
async def speaking(guest: Guest, level: int = 10) -> AsyncIterator[None]:
    await guest.publish("audio", "voice", source=models.MICROPHONE)
    over = asyncio.Event()
    task = asyncio.create_task(speak(guest, level, over))
    yield
    over.set()
    await task


# Dynacast and adaptive stream


@rule(227, 228, 229)
async def test_a_publisher_is_asked_for_what_is_watched(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.room._DOWNGRADE_DELAY", 0.1)
    async with present(site, "ada") as ada:
        track = await film(ada)
        assert "subscribed_quality_update" not in await names_until_pong(ada)
        async with present(site, "bob") as bob:
            update = await ada.signal.expect("subscribed_quality_update")
            assert update.track_sid == track.sid
            (codec,) = update.subscribed_codecs
            assert codec.codec == "vp8"
            assert codec.qualities == update.subscribed_qualities
            assert [one.enabled for one in codec.qualities] == [True, True, True]
            low = rtc.UpdateTrackSettings(track_sids=[track.sid], quality=models.LOW)
            await bob.signal.send(track_setting=low)
            assert await asked(ada) == [True, False, False]
            low.quality = models.HIGH
            await bob.signal.send(track_setting=low)
            assert await asked(ada) == [True, True, True]
        assert await asked(ada) == [False, False, False]


@rule(229)
async def test_what_nobody_watches_is_turned_off(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.room._UNWATCHED_LIMIT", 0.1)
    async with present(site, "ada") as ada:
        await film(ada)
        assert await asked(ada) == [False, False, False]


@rule(231)
async def test_what_was_asked_stays_while_a_watcher_resumes(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.room._DOWNGRADE_DELAY", 0.0)
    async with present(site, "ada") as ada:
        await film(ada)
        async with present(site, "bob") as bob:
            assert await asked(ada) == [True, True, True]
            async with resumed(site, bob):
                assert "subscribed_quality_update" not in await names_until_pong(ada)


SETTINGS: list[tuple[dict[str, Any], list[bool]]] = [
    ({"width": 320, "height": 180}, [True, True, False]),
    ({"width": 352, "height": 198}, [True, True, False]),
    ({"width": 640, "height": 360}, [True, True, True]),
    ({"width": 100, "height": 50}, [True, False, False]),
    ({"quality": models.MEDIUM}, [True, True, False]),
    ({"disabled": True}, [False, False, False]),
]


@rule(116, 232, 233)
@pytest.mark.parametrize(("said", "expected"), SETTINGS)
async def test_the_smallest_layer_that_fills_the_view(
    site: Site, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any], expected: list[bool]
) -> None:
    """The settings come before the subscription, and hold for it."""
    monkeypatch.setattr("visio.room._DOWNGRADE_DELAY", 0.0)
    monkeypatch.setattr("visio.room._UNWATCHED_LIMIT", 0.1)
    off = rtc.ConnectionSettings()
    async with present(site, "ada") as ada, present(site, "bob", settings=off) as bob:
        track = await film(ada)
        assert await asked(ada) == [False, False, False]
        settings = rtc.UpdateTrackSettings(track_sids=[track.sid], fps=7, **said)
        await bob.signal.send(track_setting=settings)
        wish = rtc.UpdateSubscription(track_sids=[track.sid], subscribe=True)
        await bob.signal.send(subscription=wish)
        if any(expected):
            assert await asked(ada) == expected
        else:
            await bob.signal.expect("media_sections_requirement")
            assert "subscribed_quality_update" not in await names_until_pong(ada)


async def pictures(guest: Guest, until: asyncio.Event) -> None:
    """Send VP8 frames in temporal layers 0 2 1 2, every eighth a key frame, until told to stop."""
    mid = guest.client.slots[-1].mid
    number = 0
    while not until.is_set():
        key, layer = number % 8 == 0, (0, 2, 1, 2)[number % 4]
        # RFC 7741 §4.2: extended, beginning of a partition; picture id, TL0PICIDX, TID and Y.
        descriptor = bytes([0x90, 0xE0, 0x80, number % 128, number // 4 % 256, layer << 6 | 0x20])
        frame = b"\x10\x00\x00\x9d\x01\x2a\x40\x01\xb4\x00" if key else b"\x11\x00\x00"
        packet = RtpPacket(payload_type=VP8, sequence_number=number, timestamp=3000 * number)
        packet.ssrc, packet.payload, packet.marker = 78, descriptor + frame + bytes(20), 1
        packet.extensions.mid = mid
        await guest.client.send(packet)
        number += 1
        await asyncio.sleep(0.02)  # what a camera does


async def temporal_layer(guest: Guest) -> int:
    """Of the next picture that arrives."""
    while (packet := await guest.client.packet()).payload_type != VP8 or not packet.payload:
        pass
    return int(packet.payload[5] >> 6)


@rule(234)
async def test_fewer_frames_are_sent_to_who_asks_for_fewer(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        track = await ada.publish("video", "camera", source=models.CAMERA)
        await bob.sections()
        over = asyncio.Event()
        sending = asyncio.create_task(pictures(ada, over))
        while await temporal_layer(bob) != 2:
            pass
        settings = rtc.UpdateTrackSettings(track_sids=[track.sid], quality=models.HIGH, fps=7)
        await bob.signal.send(track_setting=settings)
        while [await temporal_layer(bob) for _ in range(2)] != [0, 0]:
            pass
        assert [await temporal_layer(bob) for _ in range(4)] == [0, 0, 0, 0]
        over.set()
        await sending


@rule(18, 235)
@pytest.mark.parametrize(("adaptive", "first"), [(True, [True, False, False]), (False, [True] * 3)])
async def test_an_adaptive_client_begins_low(site: Site, adaptive: bool, first: list[bool]) -> None:
    settings = rtc.ConnectionSettings(auto_subscribe=True, adaptive_stream=adaptive)
    async with present(site, "ada") as ada:
        await film(ada)
        async with joined(site, "bob", settings=settings):
            assert await asked(ada) == first


# Speakers and quality


@rule(236, 237, 238)
async def test_who_speaks_is_told_to_itself_and_to_listeners(site: Site) -> None:
    off = rtc.ConnectionSettings()
    async with (
        present(site, "ada") as ada,
        present(site, "bob") as bob,
        present(site, "deaf", settings=off) as deaf,
    ):
        async with speaking(ada):
            for guest in (ada, bob):
                (speaker,) = (await guest.signal.expect("speakers_changed")).speakers
                assert (speaker.sid, speaker.active) == (ada.sid, True)
                assert speaker.level > 0
                assert speaker.level * 8 % 1 == 0
            (track,) = site.hub.find(ROOM, "ada")[1].tracks  # type: ignore[index]
            wish = rtc.UpdateSubscription(track_sids=[track], subscribe=True)
            assert "speakers_changed" not in await names_until_pong(deaf)
            await deaf.signal.send(subscription=wish)
            (speaker,) = (await deaf.signal.expect("speakers_changed")).speakers
            assert (speaker.sid, speaker.active) == (ada.sid, True)
            wish.subscribe = False
            await deaf.signal.send(subscription=wish)
            (speaker,) = (await deaf.signal.expect("speakers_changed")).speakers
            assert (speaker.sid, speaker.active, speaker.level) == (ada.sid, False, 0)
        while (speaker := (await bob.signal.expect("speakers_changed")).speakers[0]).active:
            pass
        assert (speaker.sid, speaker.level) == (ada.sid, 0)


@rule(316)
async def test_sound_keeps_its_level_on_its_way(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob, speaking(ada, level=17):
        (mid,) = (await bob.sections()).mid_to_track_id
        while (packet := await bob.client.packet()).payload_type != OPUS:
            pass
        assert packet.extensions.mid == mid
        assert packet.extensions.audio_level == (True, 17)


@rule(236)
async def test_a_whisper_is_no_speech(site: Site) -> None:
    async with (
        present(site, "ada") as ada,
        present(site, "bob") as bob,
        speaking(ada, level=60),
        speaking(bob),
    ):
        (speaker,) = (await bob.signal.expect("speakers_changed")).speakers
        assert speaker.sid == bob.sid


@rule(81, 239, 241)
async def test_quality_is_told_of_all_and_to_newcomers(site: Site) -> None:
    async with present(site, "ada") as ada, joined(site, "bob") as bob:
        bob.client.open_data()
        await bob.negotiate()
        told = (await bob.signal.expect("connection_quality")).updates
        assert {one.participant_sid for one in told} >= {bob.sid}
        assert all(one.quality != models.LOST for one in told)
        while bob.sid not in {
            one.participant_sid for one in (await ada.signal.expect("connection_quality")).updates
        }:
            pass


@rule(242)
async def test_what_does_not_fit_is_told_and_that_it_fits_again(site: Site) -> None:
    """What fits is the core's to say; here it says so."""
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        track = await film(ada)
        await bob.sections()
        live = site.hub.opened(ROOM)
        assert live
        for paused, state in ((True, rtc.PAUSED), (False, rtc.ACTIVE)):
            live.perform(live.room.change_stream(bob.sid, track.sid, paused=paused))
            (told,) = (await bob.signal.expect("stream_state_update")).stream_states
            assert (told.participant_sid, told.track_sid, told.state) == (ada.sid, track.sid, state)


# What others decide


@rule(243)
async def test_publishers_say_who_may_receive(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        track = await ada.publish("audio", "voice", source=models.MICROPHONE)
        assert (await bob.sections()).mid_to_track_id
        only_eve = rtc.SubscriptionPermission(
            track_permissions=[rtc.TrackPermission(participant_identity="eve", all_tracks=True)]
        )
        everybody = rtc.SubscriptionPermission(all_participants=True)
        for permission, allowed in ((only_eve, False), (everybody, True)):
            await ada.signal.send(subscription_permission=permission)
            told = await bob.signal.expect("subscription_permission_update")
            assert (told.participant_sid, told.track_sid, told.allowed) == (
                ada.sid,
                track.sid,
                allowed,
            )
            assert bool((await bob.sections()).mid_to_track_id) == allowed


@pytest.mark.rule(245, client="api")
@rule(245, 246)
async def test_who_may_not_subscribe_is_sent_nothing(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob, program(site) as bots:
        await ada.publish("audio", "voice", source=models.MICROPHONE)
        assert (await bob.sections()).mid_to_track_id
        asked = api.UpdateParticipantRequest(
            room=ROOM,
            identity="bob",
            permission=api.ParticipantPermission(
                can_subscribe=False, can_publish=True, hidden=True
            ),
        )
        await bots.room.update_participant(asked)
        told = await update_of(ada, "bob")
        assert not told.permission.can_subscribe
        assert not told.permission.hidden
        assert not (await bob.sections()).mid_to_track_id


@rule(83, 244)
async def test_a_permission_that_is_taken_away_is_told(site: Site) -> None:
    async with present(site, "ada") as ada, program(site) as bots:
        track = await ada.publish("audio", "voice", source=models.MICROPHONE)
        asked = api.UpdateParticipantRequest(
            room=ROOM, identity="ada", permission=api.ParticipantPermission(can_subscribe=True)
        )
        await bots.room.update_participant(asked)
        assert (await ada.signal.expect("track_unpublished")).track_sid == track.sid


@rule(250, 102)
async def test_a_hidden_participant_is_told_to_nobody(site: Site) -> None:
    async with joined(site, "ada") as ada:
        await names_until_pong(ada)
        async with present(site, "ghost", hidden=True) as ghost, joined(site, "bob") as bob:
            assert [one.identity for one in bob.signal.join.other_participants] == ["ada"]
            assert [one.identity for one in ghost.signal.join.other_participants] == ["ada"]
            told = (await ada.signal.expect("update")).participants
            assert [one.identity for one in told] == ["bob"]
        while (await update_of(ada, "bob")).state != ParticipantInfo.DISCONNECTED:
            pass
        assert "update" not in await names_until_pong(ada)


# Rooms


@rule(257, 269)
async def test_a_room_without_people_ends(site: Site) -> None:
    """A recorder alone does not keep it."""
    async with program(site) as bots:
        await bots.room.create_room(api.CreateRoomRequest(name=ROOM, empty_timeout=1))
        async with joined(site, "recorder", kind="egress") as recorder:
            leave = await recorder.signal.expect("leave")
            assert (leave.reason, leave.action) == (models.ROOM_CLOSED, LeaveRequest.DISCONNECT)


@rule(258)
async def test_a_room_ends_after_the_last_left(site: Site) -> None:
    async with program(site) as bots:
        made = api.CreateRoomRequest(name=ROOM, departure_timeout=1, empty_timeout=60)
        first = await bots.room.create_room(made)
        async with joined(site, "watcher", kind="agent", hidden=True) as watcher:
            async with joined(site, "ada"):
                pass
            async with joined(site, "ada") as ada:
                assert ada.signal.join.room.sid == first.sid
            assert (await watcher.signal.expect("leave")).reason == models.ROOM_CLOSED


@rule(259, 260)
async def test_recorders_do_not_count_and_are_shown(site: Site) -> None:
    async with joined(site, "ada") as ada, joined(site, "agent", kind="agent"):
        assert not ada.signal.join.room.active_recording
        async with joined(site, "recorder", kind="egress"):
            while not (room := (await ada.signal.expect("room_update")).room).active_recording:
                pass
            assert room.num_participants == 1
        while (await ada.signal.expect("room_update")).room.active_recording:
            pass


@rule(252, 88)
async def test_the_same_identity_again_is_one_update(site: Site) -> None:
    async with joined(site, "ada") as ada, joined(site, "bob") as old:
        await update_of(ada, "bob")
        async with joined(site, "bob") as new:
            told = (await ada.signal.expect("update")).participants
            assert [(one.sid, one.state) for one in told] == [
                (old.sid, ParticipantInfo.DISCONNECTED),
                (new.sid, ParticipantInfo.JOINED),
            ]
            leave = await old.signal.expect("leave")
            assert not leave.can_reconnect


# Leaving and coming back


@asynccontextmanager
async def resumed(site: Site, guest: Guest, sid: str = "", **more: Any) -> AsyncIterator[Signal]:
    """The guest on another socket, the first still open."""
    request = rtc.JoinRequest(
        reconnect=True,
        participant_sid=sid or guest.sid,
        client_info=models.ClientInfo(protocol=17),
        **more,
    )
    identity = guest.signal.join.participant.identity
    async with connected(site, site.token(identity), request) as signal:
        signal.join = guest.signal.join
        yield signal


@rule(33, 71, 73, 120, 275, 278, 279, 280)
async def test_a_resume_tells_everything_in_order(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "eve") as eve:
        await eve.client.channel("_reliable")
        channel = await ada.client.channel("_reliable")
        packet = models.DataPacket(user=models.UserPacket(payload=b"x"), sequence=6)
        channel.send(packet.SerializeToString())
        await eve.client.message()
        async with resumed(site, ada) as again:
            assert await ada.signal.closed() == 1000
            first = await again.receive()
            assert first.reconnect.last_message_seq == 6
            assert first.reconnect.server_info.version == "1.13.5"
            everybody = (await again.receive()).update.participants
            assert [one.identity for one in everybody] == ["ada", "eve"]
            assert (await again.receive()).room_update.room.sid == ada.signal.join.room.sid
            assert (await again.receive()).refresh_token
            assert (await again.receive()).HasField("speakers_changed")
            assert (await again.receive()).HasField("connection_quality")
            await again.send(sync_state=rtc.SyncState())
            await again.send(ping=1)
            assert (await again.receive()).HasField("pong")


@rule(85, 275, 280)
async def test_a_resumed_client_is_told_who_left(site: Site) -> None:
    async with present(site, "ada") as ada, joined(site, "bob") as bob:
        async with joined(site, "eve") as eve:
            await update_of(bob, "eve")
            await ada.signal.socket.close()
            await names_until_pong(bob)
        while (await update_of(bob, "eve")).state != ParticipantInfo.DISCONNECTED:
            pass
        # Her media flow: she is still there for the others.
        assert site.hub.find(ROOM, "ada")
        async with resumed(site, ada) as again:
            assert (await again.receive()).HasField("reconnect")
            (gone,) = (await again.receive()).update.participants
            assert (gone.sid, gone.state) == (eve.sid, ParticipantInfo.DISCONNECTED)
            everybody = (await again.receive()).update.participants
            assert [one.identity for one in everybody] == ["ada", "bob"]


@rule(277)
async def test_a_resume_under_another_sid_is_refused(site: Site) -> None:
    async with present(site, "ada") as ada:
        async with resumed(site, ada, sid="PA_other") as again:
            assert (await again.receive()).leave.action == LeaveRequest.RECONNECT
        async with resumed(site, ada) as again:
            assert (await again.receive()).HasField("reconnect")


@rule(34, 264, 282)
@pytest.mark.parametrize("inside", [True, False])
async def test_a_track_nobody_knows_starts_over(site: Site, inside: bool) -> None:
    """Whether the state comes as a message or inside the join."""
    published = rtc.TrackPublishedResponse(cid="c", track=models.TrackInfo(sid="TR_nobody"))
    state = rtc.SyncState(publish_tracks=[published])
    told: dict[str, Any] = {"sync_state": state} if inside else {}
    async with present(site, "ada") as ada, resumed(site, ada, **told) as again:
        if not inside:
            await again.send(sync_state=state)
        leave = await again.expect("leave")
        assert (leave.reason, leave.action, leave.can_reconnect) == (
            models.STATE_MISMATCH,
            LeaveRequest.RECONNECT,
            True,
        )


@rule(283)
async def test_what_deviates_from_the_default_is_applied(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.room._DOWNGRADE_DELAY", 0.0)
    async with present(site, "ada") as ada:
        track = await film(ada)
        async with present(site, "bob") as bob:
            assert await asked(ada) == [True, True, True]
            async with resumed(site, bob) as again:
                await again.send(sync_state=rtc.SyncState(track_sids_disabled=[track.sid]))
                assert await asked(ada) == [False, False, False]
                off = rtc.UpdateSubscription(track_sids=[track.sid], subscribe=False)
                await again.send(sync_state=rtc.SyncState(subscription=off))
                await again.send(ping=1)
                await again.expect("pong")
                (owned,) = site.hub.find(ROOM, "ada")[1].tracks.values()  # type: ignore[index]
                assert not owned.subscribers


@rule(265, 117)
async def test_an_own_leave_is_answered_by_none(site: Site) -> None:
    async with joined(site, "ada") as ada, joined(site, "bob") as bob:
        await ada.signal.send(leave=LeaveRequest(reason=models.CLIENT_INITIATED))
        while (told := await update_of(bob, "ada")).state != ParticipantInfo.DISCONNECTED:
            pass
        assert told.disconnect_reason == models.CLIENT_INITIATED
        frames = [frame.data async for frame in ada.signal.socket]
        assert not any(rtc.SignalResponse.FromString(data).HasField("leave") for data in frames)


@rule(274, 276)
async def test_a_socket_lost_before_the_media_is_the_end(site: Site) -> None:
    async with joined(site, "ada") as ada:
        async with joined(site, "bob"):
            await update_of(ada, "bob")
        gone = await update_of(ada, "bob")
        assert (gone.state, gone.disconnect_reason) == (
            ParticipantInfo.DISCONNECTED,
            models.SIGNAL_CLOSE,
        )


@rule(276)
async def test_who_does_not_come_back_is_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visio.room._AWAY_LIMIT", 0.2)
    async with joined(site, "ada") as ada, present(site, "bob") as bob:
        await bob.signal.socket.close()
        while (gone := await update_of(ada, "bob")).state != ParticipantInfo.DISCONNECTED:
            pass
        assert gone.disconnect_reason == models.SIGNAL_CLOSE


@rule(88, 263, 271)
async def test_lost_media_are_resumed_or_begun_anew(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.room._MEDIA_LIMIT", 0.2)
    async with present(site, "ada") as ada:
        live, participant = site.hub.find(ROOM, "ada") or (None, None)
        assert live
        assert participant
        live.perform(live.room.lose_media(participant.sid, asyncio.get_running_loop().time()))
        for action, again in ((LeaveRequest.RESUME, False), (LeaveRequest.RECONNECT, True)):
            leave = await ada.signal.expect("leave")
            assert (leave.reason, leave.action) == (models.CONNECTION_TIMEOUT, action)
            assert leave.can_reconnect == again
