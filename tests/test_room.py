import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from livekit.protocol import models, rtc
from livekit.protocol.models import ParticipantInfo
from livekit.protocol.room import CreateRoomRequest, UpdateParticipantRequest
from livekit.protocol.rtc import LeaveRequest, RequestResponse, SignalResponse

from visio.effects import (
    Closed,
    Compete,
    Departed,
    Effect,
    RefreshToken,
    Report,
    SetLayer,
    SetMuted,
    Subscribe,
    Tap,
    Tell,
    Unsubscribe,
    Untap,
)
from visio.room import Room
from visio.roster import Newcomer


@dataclass(frozen=True)
class Section:
    """A media section, as far as the rules look at it."""

    id: int
    kind: str
    cid: str
    mid: str = "7"
    rids: tuple[str, ...] = ()
    codec: str = "vp8"

    @property
    def mime(self) -> str:
        return "audio/opus" if self.kind == "audio" else f"video/{self.codec}"


@pytest.fixture
def room() -> Room:
    numbers = count(1)
    return Room(
        "council", 1_000, lambda prefix: f"{prefix}{next(numbers)}", title="Conseil", meeting="m1"
    )


def enter(room: Room, identity: str, now: float = 0.0, **traits: object) -> list[Effect]:
    """Join under the sid PA_<identity>, and connect."""
    sid = f"PA_{identity}"
    traits.setdefault("client", models.ClientInfo(protocol=17))
    newcomer = Newcomer(identity=identity, name=identity.title(), **traits)  # type: ignore[arg-type]
    return [*room.join(newcomer, sid, 5_000, now), *room.activate(sid, now)]


def publish(room: Room, identity: str, kind: str = "audio", **asked: object) -> str:
    """Announce a track and negotiate its section; returns the track's sid."""
    sid = f"PA_{identity}"
    effects = announce(room, identity, kind, **asked)
    track_sid = str(one(told(effects, sid, "track_published")).track_published.track.sid)
    rids = ("q", "h", "f") if asked.get("layers") else ()
    room.publish(sid, Section(number_of(track_sid), kind, f"{identity}-{kind}", rids=rids), 0)
    return track_sid


def announce(room: Room, identity: str, kind: str = "audio", **asked: object) -> list[Effect]:
    audio = kind == "audio"
    request = rtc.AddTrackRequest(
        cid=f"{identity}-{kind}",
        type=models.AUDIO if audio else models.VIDEO,
        source=models.MICROPHONE if audio else models.CAMERA,
    )
    for name, value in asked.items():
        getattr(request, name).extend(value) if name == "layers" else setattr(request, name, value)
    return room.add_track(f"PA_{identity}", request, 0)


def number_of(track_sid: str) -> int:
    return int("".join(filter(str.isdigit, track_sid)))


def told(effects: Iterable[Effect], sid: str, name: str) -> list[SignalResponse]:
    """The messages of that name which a participant was sent."""
    return [
        effect.message
        for effect in effects
        if isinstance(effect, Tell) and sid in effect.to and effect.message.HasField(name)
    ]


def one(messages: list[SignalResponse]) -> SignalResponse:
    (message,) = messages
    return message


def kinds(effects: Iterable[Effect], *types: type) -> list[Effect]:
    return [effect for effect in effects if isinstance(effect, types)]


def states(message: SignalResponse) -> dict[str, int]:
    return {p.identity: p.state for p in message.update.participants}


LAYERS = [
    models.VideoLayer(quality=models.LOW, width=320, height=180),
    models.VideoLayer(quality=models.MEDIUM, width=640, height=360),
    models.VideoLayer(quality=models.HIGH, width=1280, height=720),
]


# Who is in


def test_first_message_is_the_join_response_with_those_inside(room: Room) -> None:
    enter(room, "ada")
    microphone = publish(room, "ada")
    effects = enter(room, "bob")
    first = effects[0]
    assert isinstance(first, Tell)
    assert first.to == ("PA_bob",)
    join = first.message.join
    assert join.participant.identity == "bob"
    assert join.participant.state == ParticipantInfo.JOINED
    (ada,) = join.other_participants
    assert [track.sid for track in ada.tracks] == [microphone]


def test_room_metadata_tells_title_meeting_and_transcription(room: Room) -> None:
    assert json.loads(room.info().metadata) == {
        "title": "Conseil",
        "meeting": "m1",
        "transcription": "off",
        "spotlight": "",
    }


def test_a_room_of_livekit_programs_has_no_metadata() -> None:
    assert Room("load-test", 0, lambda prefix: prefix).info().metadata == ""


def test_others_are_told_of_a_newcomer_and_of_its_activity(room: Room) -> None:
    enter(room, "ada")
    joined, active = told(enter(room, "bob"), "PA_ada", "update")
    assert states(joined) == {"bob": ParticipantInfo.JOINED}
    assert states(active) == {"bob": ParticipantInfo.ACTIVE}


def test_leaver_disappears_for_everybody_at_once(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    effects = room.leave("PA_bob", models.CLIENT_INITIATED, 9)
    assert states(one(told(effects, "PA_ada", "update"))) == {"bob": ParticipantInfo.DISCONNECTED}
    assert Departed("PA_bob") in effects
    assert not told(effects, "PA_bob", "leave")
    assert room.find("bob") is None


def test_same_identity_sends_the_older_one_away(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    effects = room.join(Newcomer("bob"), "PA_bob2", 0, 1)
    leave = one(told(effects, "PA_bob", "leave")).leave
    assert (leave.reason, leave.action) == (models.DUPLICATE_IDENTITY, LeaveRequest.DISCONNECT)
    update = one(told(effects, "PA_ada", "update"))
    assert [(p.sid, p.state) for p in update.update.participants] == [
        ("PA_bob", ParticipantInfo.DISCONNECTED),
        ("PA_bob2", ParticipantInfo.JOINED),
    ]
    assert [p.sid for p in one(told(effects, "PA_bob2", "join")).join.other_participants] == [
        "PA_ada"
    ]


def test_hidden_participants_are_shown_to_nobody(room: Room) -> None:
    enter(room, "ada")
    hidden = models.ParticipantPermission(can_subscribe=True, hidden=True)
    effects = enter(room, "ghost", permission=hidden)
    assert not told(effects, "PA_ada", "update")
    assert not one(told(enter(room, "bob"), "PA_bob", "join")).join.other_participants[1:]
    assert not told(room.leave("PA_ghost", models.CLIENT_INITIATED, 0), "PA_ada", "update")


def test_versions_only_grow(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob", permission=models.ParticipantPermission(can_update_metadata=True))
    effects = room.update_metadata("PA_bob", rtc.UpdateParticipantMetadata(name="B"))
    effects += room.update_metadata("PA_bob", rtc.UpdateParticipantMetadata(name="C"))
    effects += room.leave("PA_bob", models.CLIENT_INITIATED, 0)
    versions = [m.update.participants[0].version for m in told(effects, "PA_ada", "update")]
    assert versions == sorted(set(versions))


def test_who_never_connects_is_removed_after_a_minute(room: Room) -> None:
    room.join(Newcomer("ada"), "PA_ada", 0, 100.0)
    assert not kinds(room.handle_timeout(159.9), Departed)
    assert room.deadline() == 160.0
    effects = room.handle_timeout(160.0)
    assert one(told(effects, "PA_ada", "leave")).leave.reason == models.JOIN_FAILURE


def test_room_closes_twenty_seconds_after_the_last_leave(room: Room) -> None:
    enter(room, "ada")
    room.leave("PA_ada", models.CLIENT_INITIATED, 50.0)
    assert room.handle_timeout(69.9) == []
    assert room.handle_timeout(70.0) == [Closed()]


def test_a_return_in_time_keeps_the_room(room: Room) -> None:
    enter(room, "ada")
    room.leave("PA_ada", models.CLIENT_INITIATED, 50.0)
    enter(room, "ada", now=69.0)
    assert Closed() not in room.handle_timeout(80.0)


def test_tokens_are_refreshed_at_join_and_every_five_minutes(room: Room) -> None:
    assert RefreshToken("PA_ada") in enter(room, "ada")
    assert kinds(room.handle_timeout(300.0), RefreshToken) == [RefreshToken("PA_ada")]
    assert room.handle_timeout(600.0) == [RefreshToken("PA_ada")]


def test_counts_are_told_in_bunches(room: Room) -> None:
    enter(room, "ada", now=0)
    enter(room, "bob", now=3)
    publish(room, "bob")
    assert not told(room.handle_timeout(4.9), "PA_ada", "room_update")
    update = one(told(room.handle_timeout(5.0), "PA_ada", "room_update")).room_update
    assert (update.room.num_participants, update.room.num_publishers) == (2, 1)
    room.leave("PA_bob", models.CLIENT_INITIATED, 7)
    update = one(told(room.handle_timeout(12.0), "PA_ada", "room_update")).room_update
    assert (update.room.num_participants, update.room.num_publishers) == (1, 0)


# Lost and back


def test_a_lost_socket_keeps_an_active_participant_for_a_minute(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    assert room.lose_signal("PA_bob", 10.0) == []
    effects = room.handle_timeout(70.0)
    assert states(one(told(effects, "PA_ada", "update"))) == {"bob": ParticipantInfo.DISCONNECTED}


def test_a_lost_socket_removes_who_was_not_active(room: Room) -> None:
    room.join(Newcomer("ada"), "PA_ada", 0, 0)
    assert Departed("PA_ada") in room.lose_signal("PA_ada", 1)


def test_without_socket_and_media_a_participant_is_gone(room: Room) -> None:
    enter(room, "ada")
    room.lose_signal("PA_ada", 1)
    assert Departed("PA_ada") in room.lose_media("PA_ada", 2)


def test_lost_media_asks_for_a_resume_and_then_for_a_new_join(room: Room) -> None:
    enter(room, "ada")
    leave = one(told(room.lose_media("PA_ada", 10.0), "PA_ada", "leave")).leave
    assert leave.action == LeaveRequest.RESUME
    leave = one(told(room.handle_timeout(25.0), "PA_ada", "leave")).leave
    assert (leave.action, leave.can_reconnect) == (LeaveRequest.RECONNECT, True)


def test_media_that_comes_back_in_time_changes_nothing(room: Room) -> None:
    enter(room, "ada")
    room.lose_media("PA_ada", 10.0)
    assert room.activate("PA_ada", 12.0) == []
    assert not kinds(room.handle_timeout(60.0), Departed)


def test_hanging_up_leaves_a_moment_for_the_leave(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    assert room.lose_media("PA_ada", 10.0, for_good=True) == []
    effects = room.leave("PA_ada", models.CLIENT_INITIATED, 10.1)
    (ada,) = one(told(effects, "PA_bob", "update")).update.participants
    assert ada.disconnect_reason == models.CLIENT_INITIATED


def test_resume_tells_first_reconnect_then_who_left_then_everybody(room: Room) -> None:
    for identity in ("ada", "bob", "eve"):
        enter(room, identity)
    room.lose_signal("PA_ada", 1)
    room.leave("PA_bob", models.CLIENT_INITIATED, 2)
    effects = room.resume("PA_ada", 3)
    messages = [effect.message for effect in effects if isinstance(effect, Tell)]
    assert messages[0].HasField("reconnect")
    assert states(messages[1]) == {"bob": ParticipantInfo.DISCONNECTED}
    assert states(messages[2]) == {"ada": ParticipantInfo.ACTIVE, "eve": ParticipantInfo.ACTIVE}
    assert messages[3].HasField("room_update")
    assert not kinds(room.handle_timeout(62.0), Departed)


def test_resume_tells_who_left_before_the_broken_socket_was_noticed(room: Room) -> None:
    for identity in ("ada", "bob", "eve", "ghost"):
        enter(room, identity)
    room.leave("PA_ghost", models.CLIENT_INITIATED, 2)
    room.note_alive("PA_ada", 20)
    room.leave("PA_bob", models.CLIENT_INITIATED, 21)
    room.lose_signal("PA_ada", 30)
    room.leave("PA_eve", models.CLIENT_INITIATED, 31)
    told = [effect.message for effect in room.resume("PA_ada", 40) if isinstance(effect, Tell)]
    gone = ParticipantInfo.DISCONNECTED
    assert states(told[1]) == {"bob": gone, "eve": gone}
    assert states(told[2]) == {"ada": ParticipantInfo.ACTIVE}


def test_resume_repeats_the_asked_quality(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    camera = publish(room, "ada", "video")
    room.lose_signal("PA_ada", 1)
    update = one(told(room.resume("PA_ada", 2), "PA_ada", "subscribed_quality_update"))
    assert update.subscribed_quality_update.track_sid == camera


def test_a_resumed_client_with_an_unknown_track_starts_over(room: Room) -> None:
    enter(room, "ada")
    unknown = rtc.TrackPublishedResponse(cid="x", track=models.TrackInfo(sid="TR_unknown"))
    effects = room.sync("PA_ada", rtc.SyncState(publish_tracks=[unknown]), 1)
    leave = one(told(effects, "PA_ada", "leave")).leave
    assert (leave.reason, leave.action) == (models.STATE_MISMATCH, LeaveRequest.RECONNECT)


def test_sync_state_applies_what_deviates_from_the_default(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    first, second = publish(room, "ada"), publish(room, "ada", "video", cid="ada-video")
    state = rtc.SyncState(
        subscription=rtc.UpdateSubscription(track_sids=[first], subscribe=False),
        track_sids_disabled=[second],
    )
    effects = room.sync("PA_bob", state, 1)
    assert Unsubscribe("PA_bob", first) in effects
    assert SetLayer("PA_bob", second, -1, 0) in effects


# What is published


def test_track_is_announced_with_request_and_section_in_either_order(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    assert not told(announce(room, "ada"), "PA_bob", "update")
    effects = room.publish("PA_ada", Section(1, "audio", "ada-audio"), 0)
    assert one(told(effects, "PA_bob", "update")).update.participants[0].tracks
    assert room.publish("PA_ada", Section(2, "video", "ada-video"), 0) == []
    effects = announce(room, "ada", "video")
    assert len(one(told(effects, "PA_bob", "update")).update.participants[0].tracks) == 2


def test_update_with_the_track_comes_before_its_subscription(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    announce(room, "ada")
    effects = room.publish("PA_ada", Section(1, "audio", "ada-audio"), 0)
    update = effects.index(next(e for e in effects if isinstance(e, Tell) and "PA_bob" in e.to))
    subscribe = effects.index(next(e for e in effects if isinstance(e, Subscribe)))
    assert update < subscribe


def test_track_info_carries_what_request_and_section_tell(room: Room) -> None:
    enter(room, "ada")
    effects = announce(room, "ada", "video", width=1280, height=720, muted=True, layers=LAYERS)
    effects += room.publish("PA_ada", Section(4, "video", "ada-video", mid="9"), 0)
    track = told(effects, "PA_ada", "update")[-1].update.participants[0].tracks[0]
    assert track.sid.startswith("TR_VC")
    assert (track.mid, track.mime_type, track.stream) == ("9", "video/vp8", "camera")
    assert (track.width, track.height, track.muted, track.simulcast) == (1280, 720, True, True)
    assert [layer.quality for layer in track.codecs[0].layers] == [0, 1, 2]


REFUSED_TRACKS: list[tuple[dict[str, Any], dict[str, Any], RequestResponse.Reason]] = [
    ({"can_publish": False}, {}, RequestResponse.NOT_ALLOWED),
    ({"can_publish_sources": [models.CAMERA]}, {}, RequestResponse.NOT_ALLOWED),
    ({}, {"type": models.DATA}, RequestResponse.UNSUPPORTED_TYPE),
    ({}, {"sid": "TR_none"}, RequestResponse.NOT_FOUND),
    ({}, {"name": "n" * 5000}, RequestResponse.LIMIT_EXCEEDED),
]


@pytest.mark.parametrize(("permission", "asked", "reason"), REFUSED_TRACKS)
def test_track_is_refused_with_its_reason(
    room: Room,
    permission: dict[str, Any],
    asked: dict[str, Any],
    reason: RequestResponse.Reason,
) -> None:
    granted = models.ParticipantPermission(**{"can_publish": True, **permission})
    enter(room, "ada", permission=granted)
    answer = one(told(announce(room, "ada", **asked), "PA_ada", "request_response"))
    assert answer.request_response.reason == reason
    assert answer.request_response.add_track.cid == "ada-audio"


def test_a_source_from_the_future_is_unknown(room: Room) -> None:
    enter(room, "ada")
    published = one(told(announce(room, "ada", source=99), "PA_ada", "track_published"))
    assert published.track_published.track.sid.startswith("TR_AU")


def test_the_same_track_twice_is_queued(room: Room) -> None:
    enter(room, "ada")
    announce(room, "ada")
    answer = one(told(announce(room, "ada"), "PA_ada", "request_response"))
    assert answer.request_response.reason == RequestResponse.QUEUED


def test_tracks_without_media_are_limited(room: Room) -> None:
    enter(room, "ada")
    for number in range(20):
        announce(room, "ada", cid=f"c{number}")
    answer = one(told(announce(room, "ada"), "PA_ada", "request_response"))
    assert answer.request_response.reason == RequestResponse.LIMIT_EXCEEDED


def test_only_firefox_may_call_its_section_otherwise(room: Room) -> None:
    enter(room, "ada", client=models.ClientInfo(browser="Firefox"))
    enter(room, "bob", client=models.ClientInfo(browser="Chrome"))
    announce(room, "ada")
    announce(room, "bob")
    assert told(room.publish("PA_ada", Section(1, "audio", "{uuid}"), 0), "PA_bob", "update")
    assert room.publish("PA_bob", Section(2, "audio", "{uuid}"), 0) == []


def test_a_section_of_another_kind_does_not_carry_the_track(room: Room) -> None:
    enter(room, "ada")
    announce(room, "ada")
    assert room.publish("PA_ada", Section(1, "video", "ada-audio"), 0) == []


def test_unpublished_track_leaves_the_list_and_the_subscribers(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    microphone = publish(room, "ada")
    section = room.participants["PA_ada"].tracks[microphone].publication
    effects = room.unpublish("PA_ada", section, 0)
    assert Unsubscribe("PA_bob", microphone) in effects
    assert not one(told(effects, "PA_bob", "update")).update.participants[0].tracks


def test_mute_is_told_to_everybody(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    microphone = publish(room, "ada")
    effects = room.mute("PA_ada", rtc.MuteTrackRequest(sid=microphone, muted=True))
    for sid in ("PA_ada", "PA_bob"):
        assert one(told(effects, sid, "update")).update.participants[0].tracks[0].muted


def test_mute_of_an_unknown_track_is_not_found(room: Room) -> None:
    enter(room, "ada")
    effects = room.mute("PA_ada", rtc.MuteTrackRequest(sid="TR_none", muted=True))
    answer = one(told(effects, "PA_ada", "request_response")).request_response
    assert answer.reason == RequestResponse.NOT_FOUND


def test_features_and_sizes_of_own_tracks_are_told(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    microphone, camera = publish(room, "ada"), publish(room, "ada", "video")
    update = rtc.UpdateLocalAudioTrack(track_sid=microphone, features=[models.TF_STEREO])
    effects = room.update_audio_track("PA_ada", update)
    tracks = {
        t.sid: t for t in one(told(effects, "PA_bob", "update")).update.participants[0].tracks
    }
    assert list(tracks[microphone].audio_features) == [models.TF_STEREO]
    size = rtc.UpdateLocalVideoTrack(track_sid=camera, width=1920, height=1080)
    effects = room.update_video_track("PA_ada", size)
    tracks = {
        t.sid: t for t in one(told(effects, "PA_bob", "update")).update.participants[0].tracks
    }
    assert (tracks[camera].width, tracks[camera].height) == (1920, 1080)


def test_codec_of_the_request_is_preferred_for_its_section(room: Room) -> None:
    enter(room, "ada")
    request = rtc.AddTrackRequest(
        cid="c1",
        type=models.VIDEO,
        simulcast_codecs=[rtc.SimulcastCodec(codec="H264", cid="c2")],
    )
    room.add_track("PA_ada", request, 0)
    assert room.preferred_codecs("PA_ada") == {"c1": "video/h264", "c2": "video/h264"}


@pytest.mark.parametrize(
    ("disable_red", "encryption", "mime"),
    [
        (False, models.Encryption.NONE, "audio/red"),
        (True, models.Encryption.NONE, "audio/opus"),
        (False, models.Encryption.GCM, "audio/opus"),
    ],
)
def test_audio_is_redundant_unless_its_publisher_says_no_or_encrypts_it(
    room: Room, disable_red: bool, encryption: models.Encryption.Type, mime: str
) -> None:
    enter(room, "ada")
    request = rtc.AddTrackRequest(
        cid="c1", type=models.AUDIO, disable_red=disable_red, encryption=encryption
    )
    room.add_track("PA_ada", request, 0)
    assert room.preferred_codecs("PA_ada") == {"c1": mime}


# Who receives it


def test_tracks_are_subscribed_automatically_before_and_after_the_join(room: Room) -> None:
    enter(room, "ada")
    microphone = publish(room, "ada")
    effects = enter(room, "bob")
    assert kinds(effects, Subscribe) == [
        Subscribe("PA_bob", number_of(microphone), f"PA_ada|{microphone}", microphone)
    ]
    announce(room, "ada", "video")
    effects = room.publish("PA_ada", Section(8, "video", "ada-video"), 0)
    assert [type(e) for e in kinds(effects, Subscribe, Unsubscribe)] == [Subscribe]


def test_without_auto_subscribe_only_what_is_asked_is_sent(room: Room) -> None:
    enter(room, "ada")
    microphone = publish(room, "ada")
    assert not kinds(enter(room, "bob", auto_subscribe=False), Subscribe)
    wish = rtc.UpdateSubscription(track_sids=[microphone], subscribe=True)
    assert kinds(room.update_subscription("PA_bob", wish, 0), Subscribe)
    assert not kinds(room.update_subscription("PA_bob", wish, 0), Subscribe)
    wish.subscribe = False
    effects = room.update_subscription("PA_bob", wish, 0)
    assert Unsubscribe("PA_bob", microphone) in effects


def test_a_wish_for_a_track_that_comes_later_is_kept(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob", auto_subscribe=False)
    effects = announce(room, "ada")
    sid = one(told(effects, "PA_ada", "track_published")).track_published.track.sid
    wish = rtc.UpdateSubscription(subscribe=True)
    wish.participant_tracks.add(participant_sid="PA_ada", track_sids=[sid])
    assert room.update_subscription("PA_bob", wish, 0) == []
    effects = room.publish("PA_ada", Section(1, "audio", "ada-audio"), 1)
    assert kinds(effects, Subscribe)
    assert not told(room.handle_timeout(30), "PA_bob", "subscription_response")


def test_a_wish_that_nothing_answers_is_not_found_after_a_while(room: Room) -> None:
    enter(room, "bob")
    wish = rtc.UpdateSubscription(track_sids=["TR_none"], subscribe=True)
    room.update_subscription("PA_bob", wish, 10)
    answer = one(told(room.handle_timeout(30), "PA_bob", "subscription_response"))
    assert answer.subscription_response.err == models.SE_TRACK_NOTFOUND


def test_wishes_for_nothing_are_not_stored_without_end(room: Room) -> None:
    enter(room, "bob")
    wish = rtc.UpdateSubscription(track_sids=[f"TR_{n}" for n in range(5000)], subscribe=False)
    room.update_subscription("PA_bob", wish, 0)
    assert len(room.participants["PA_bob"].choices) == 200


def test_who_may_not_subscribe_receives_nothing(room: Room) -> None:
    enter(room, "ada")
    microphone = publish(room, "ada")
    deaf = models.ParticipantPermission(can_publish=True)
    assert not kinds(enter(room, "bob", permission=deaf), Subscribe)
    wish = rtc.UpdateSubscription(track_sids=[microphone], subscribe=True)
    assert not kinds(room.update_subscription("PA_bob", wish, 0), Subscribe)


def test_a_publisher_decides_who_receives_its_tracks(room: Room) -> None:
    for identity in ("ada", "bob", "eve"):
        enter(room, identity)
    microphone = publish(room, "ada")
    only_bob = rtc.TrackPermission(participant_identity="bob", all_tracks=True)
    grants = rtc.SubscriptionPermission(track_permissions=[only_bob])
    effects = room.set_subscription_permission("PA_ada", grants, 0)
    assert kinds(effects, Unsubscribe) == [Unsubscribe("PA_eve", microphone)]
    update = one(told(effects, "PA_eve", "subscription_permission_update"))
    assert not update.subscription_permission_update.allowed
    again = rtc.SubscriptionPermission(all_participants=True)
    effects = room.set_subscription_permission("PA_ada", again, 0)
    assert [e.subscriber for e in kinds(effects, Subscribe) if isinstance(e, Subscribe)] == [
        "PA_eve"
    ]


def test_allowing_everybody_as_before_is_silent(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    publish(room, "ada")
    everybody = rtc.SubscriptionPermission(all_participants=True)
    assert room.set_subscription_permission("PA_ada", everybody, 0) == []


def test_publisher_learns_of_its_first_subscriber_only(room: Room) -> None:
    enter(room, "ada")
    microphone = publish(room, "ada")
    first = one(told(enter(room, "bob"), "PA_ada", "track_subscribed"))
    assert first.track_subscribed.track_sid == microphone
    assert not told(enter(room, "eve"), "PA_ada", "track_subscribed")


def test_a_track_the_client_cannot_decode_is_reported_and_given_up(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    camera = publish(room, "ada", "video")
    answer = one(
        told(room.fail_subscription("PA_bob", camera, 0), "PA_bob", "subscription_response")
    )
    assert answer.subscription_response.err == models.SE_CODEC_UNSUPPORTED
    assert not room.participants["PA_ada"].tracks[camera].subscribers


# (settings, spatial, temporal) for three layers of 180, 360 and 720 lines
LAYER_TABLE = [
    ({"disabled": True}, -1, 0),
    ({"quality": models.LOW}, 0, 2),
    ({"quality": models.MEDIUM}, 1, 2),
    ({"quality": models.HIGH}, 2, 2),
    ({"width": 200, "height": 100}, 0, 2),
    ({"width": 320, "height": 199}, 0, 2),
    ({"width": 320, "height": 201}, 1, 2),
    ({"width": 3840, "height": 2160}, 2, 2),
    ({"quality": models.HIGH, "fps": 7}, 2, 0),
    ({"quality": models.HIGH, "fps": 15}, 2, 1),
    ({"quality": models.HIGH, "fps": 30}, 2, 2),
]


@pytest.mark.parametrize(("settings", "spatial", "temporal"), LAYER_TABLE)
def test_settings_choose_the_layers(
    room: Room, settings: dict[str, object], spatial: int, temporal: int
) -> None:
    enter(room, "ada")
    enter(room, "bob")
    camera = publish(room, "ada", "video", layers=LAYERS)
    wanted = rtc.UpdateTrackSettings(track_sids=[camera], **settings)  # type: ignore[arg-type]
    effects = room.set_track_settings("PA_bob", wanted, 0)
    assert SetLayer("PA_bob", camera, spatial, temporal) in effects


def test_layers_inside_one_stream_are_chosen_like_those_of_simulcast(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    effects = announce(room, "ada", "video", layers=LAYERS)
    camera = str(one(told(effects, "PA_ada", "track_published")).track_published.track.sid)
    room.publish("PA_ada", Section(number_of(camera), "video", "ada-video"), 0)
    wanted = rtc.UpdateTrackSettings(track_sids=[camera], quality=models.MEDIUM)
    effects = room.set_track_settings("PA_bob", wanted, 0)
    assert SetLayer("PA_bob", camera, 1, 2) in effects


def test_settings_that_come_first_hold_once_subscribed(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob", auto_subscribe=False)
    camera = publish(room, "ada", "video", layers=LAYERS)
    early = rtc.UpdateTrackSettings(track_sids=[camera], quality=models.MEDIUM)
    assert room.set_track_settings("PA_bob", early, 0) == []
    wish = rtc.UpdateSubscription(track_sids=[camera], subscribe=True)
    assert SetLayer("PA_bob", camera, 1, 2) in room.update_subscription("PA_bob", wish, 0)


@pytest.mark.parametrize(("adaptive", "spatial"), [(True, 0), (False, 2)])
def test_adaptive_streams_begin_at_the_lowest_layer(
    room: Room, adaptive: bool, spatial: int
) -> None:
    enter(room, "ada")
    camera = publish(room, "ada", "video", layers=LAYERS)
    effects = enter(room, "bob", adaptive_stream=adaptive)
    assert SetLayer("PA_bob", camera, spatial, 2) in effects


def test_shared_screens_come_before_cameras_unless_the_client_says_otherwise(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob", auto_subscribe=False)
    screen = publish(room, "ada", "video", source=models.SCREEN_SHARE)
    wish = rtc.UpdateSubscription(track_sids=[screen], subscribe=True)
    assert SetLayer("PA_bob", screen, 2, 2, 255) in room.update_subscription("PA_bob", wish, 0)
    last = rtc.UpdateTrackSettings(track_sids=[screen], quality=models.HIGH, priority=3)
    assert SetLayer("PA_bob", screen, 2, 2, 3) in room.set_track_settings("PA_bob", last, 0)


def test_a_stream_that_does_not_fit_is_told_to_its_subscriber(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    camera = publish(room, "ada", "video")
    for paused, state in ((True, rtc.PAUSED), (False, rtc.ACTIVE)):
        effects = room.change_stream("PA_bob", camera, paused=paused)
        (info,) = one(
            told(effects, "PA_bob", "stream_state_update")
        ).stream_state_update.stream_states
        assert (info.participant_sid, info.track_sid, info.state) == ("PA_ada", camera, state)
    assert room.change_stream("PA_ada", camera, paused=True) == []
    assert room.change_stream("PA_bob", "TR_gone", paused=True) == []


def qualities(effects: list[Effect], sid: str = "PA_ada") -> list[list[bool]]:
    updates = [m.subscribed_quality_update for m in told(effects, sid, "subscribed_quality_update")]
    for update in updates:
        (codec,) = update.subscribed_codecs
        assert codec.codec == "vp8"
        assert list(codec.qualities) == list(update.subscribed_qualities)
    return [[q.enabled for q in update.subscribed_qualities] for update in updates]


def test_dynacast_raises_at_once_and_lowers_after_five_seconds(room: Room) -> None:
    enter(room, "ada")
    camera = publish(room, "ada", "video", layers=LAYERS)
    assert qualities(enter(room, "bob", adaptive_stream=True)) == [[True, False, False]]
    high = rtc.UpdateTrackSettings(track_sids=[camera], quality=models.HIGH)
    assert qualities(room.set_track_settings("PA_bob", high, 1)) == [[True, True, True]]
    off = rtc.UpdateTrackSettings(track_sids=[camera], disabled=True)
    assert qualities(room.set_track_settings("PA_bob", off, 2)) == []
    assert qualities(room.handle_timeout(6.9)) == []
    assert qualities(room.handle_timeout(7.0)) == [[False, False, False]]
    assert qualities(room.set_track_settings("PA_bob", high, 8)) == [[True, True, True]]


def test_a_lowering_taken_back_in_time_is_never_told(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    camera = publish(room, "ada", "video", layers=LAYERS)
    low = rtc.UpdateTrackSettings(track_sids=[camera], quality=models.LOW)
    high = rtc.UpdateTrackSettings(track_sids=[camera], quality=models.HIGH)
    effects = room.set_track_settings("PA_bob", low, 1) + room.set_track_settings("PA_bob", high, 2)
    assert qualities(effects + room.handle_timeout(60)) == []


def test_a_video_nobody_watches_is_switched_off_after_ten_seconds(room: Room) -> None:
    enter(room, "ada")
    publish(room, "ada", "video", layers=LAYERS)
    assert qualities(room.handle_timeout(9.9)) == []
    assert qualities(room.handle_timeout(10.0)) == [[False, False, False]]


def test_data_goes_to_those_named_or_to_everybody_else(room: Room) -> None:
    for identity in ("ada", "bob", "eve"):
        enter(room, identity)
    room.join(Newcomer("early"), "PA_early", 0, 0)

    def identities(*named: str, sids: tuple[str, ...] = ()) -> list[str]:
        return [p.identity for p in room.audience("PA_ada", named, sids)]

    assert identities() == ["bob", "eve"]
    assert identities("eve", "ada", "early", "nobody") == ["eve"]
    assert identities(sids=("PA_bob",)) == ["bob"]


# Speakers


def heard(effects: list[Effect], sid: str) -> list[dict[str, float]]:
    return [
        {speaker.sid: speaker.level for speaker in message.speakers_changed.speakers}
        for message in told(effects, sid, "speakers_changed")
    ]


def test_speakers_are_told_as_changes_to_listeners_and_themselves(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    enter(room, "deaf", auto_subscribe=False)
    microphone = number_of(publish(room, "ada"))
    effects = room.hear({microphone: 0.4})
    assert heard(effects, "PA_bob") == heard(effects, "PA_ada") == [{"PA_ada": 0.5}]
    assert heard(effects, "PA_deaf") == []
    assert room.hear({microphone: 0.45}) == []
    assert heard(room.hear({}), "PA_bob") == [{"PA_ada": 0.0}]


def test_only_unmuted_microphones_speak(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    shared = number_of(publish(room, "ada", source=models.SCREEN_SHARE_AUDIO))
    assert room.hear({shared: 0.5}) == []
    microphone = publish(room, "bob")
    room.hear({number_of(microphone): 0.5})
    effects = room.mute("PA_bob", rtc.MuteTrackRequest(sid=microphone, muted=True))
    assert heard(effects, "PA_ada") == [{"PA_bob": 0.0}]
    assert room.hear({number_of(microphone): 0.5}) == []


def test_new_listeners_learn_who_speaks_already(room: Room) -> None:
    enter(room, "ada")
    room.hear({number_of(publish(room, "ada")): 1.0})
    assert heard(enter(room, "bob"), "PA_bob") == [{"PA_ada": 1.0}]


def test_who_comes_back_learns_who_speaks_and_who_no_longer_does(room: Room) -> None:
    for identity in ("ada", "bob", "eve"):
        enter(room, identity)
    ada, bob = (number_of(publish(room, identity)) for identity in ("ada", "bob"))
    room.hear({ada: 0.5})
    room.lose_signal("PA_eve", 1)
    room.hear({bob: 1.0})
    assert heard(room.resume("PA_eve", 2), "PA_eve") == [
        {"PA_ada": 0.0, "PA_bob": 1.0, "PA_eve": 0.0}
    ]


@given(st.lists(st.dictionaries(st.sampled_from([1, 2, 3]), st.floats(0, 1)), max_size=8))
def test_changes_of_speakers_add_up_to_who_speaks(rounds: list[dict[int, float]]) -> None:
    numbers = count(100)
    room = Room("r", 0, lambda prefix: f"{prefix}{next(numbers)}")
    for number, identity in enumerate(("ada", "bob", "eve"), start=1):
        enter(room, identity)
        announce(room, identity)
        room.publish(f"PA_{identity}", Section(number, "audio", f"{identity}-audio"), 0)
    shown: dict[str, float] = {}
    for levels in rounds:
        for change in heard(room.hear(levels), "PA_ada"):
            shown |= change
        speaking = {sid for sid, level in shown.items() if level > 0}
        sids = {1: "PA_ada", 2: "PA_bob", 3: "PA_eve"}
        assert speaking == {sids[number] for number, level in levels.items() if level > 0}


# Microphones and muting


def test_microphones_compete_and_shared_audio_does_not(room: Room) -> None:
    enter(room, "ada")
    for source, competes in ((models.MICROPHONE, True), (models.SCREEN_SHARE_AUDIO, False)):
        announce(room, "ada", source=source)
        number = 100 + source
        effects = room.publish("PA_ada", Section(number, "audio", "ada-audio"), 0)
        assert (Compete(number) in effects) is competes
        assert not kinds(effects, SetMuted)


def test_the_media_side_knows_what_is_muted(room: Room) -> None:
    enter(room, "ada")
    announce(room, "ada", muted=True)
    effects = room.publish("PA_ada", Section(7, "audio", "ada-audio"), 0)
    assert SetMuted(7, muted=True) in effects
    (microphone,) = room.participants["PA_ada"].tracks
    for muted in (False, True):
        effects = room.mute("PA_ada", rtc.MuteTrackRequest(sid=microphone, muted=muted))
        assert SetMuted(7, muted=muted) in effects
    announce(room, "ada", "video")
    (pending,) = room.participants["PA_ada"].announced
    request = rtc.MuteTrackRequest(sid=pending, muted=True)
    assert not kinds(room.mute("PA_ada", request), SetMuted)


# Quality


def grades(effects: list[Effect], sid: str) -> list[dict[str, int]]:
    return [
        {update.participant_sid: update.quality for update in message.connection_quality.updates}
        for message in told(effects, sid, "connection_quality")
    ]


def test_another_grade_is_told_to_the_participant_and_who_receives_it(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    enter(room, "deaf", auto_subscribe=False)
    publish(room, "ada")
    publish(room, "ada", "video")
    assert room.rate("PA_ada", 95.0) == []
    effects = room.rate("PA_ada", 60.0)
    assert grades(effects, "PA_ada") == grades(effects, "PA_bob") == [{"PA_ada": models.GOOD}]
    assert grades(effects, "PA_deaf") == []
    assert room.rate("PA_ada", 70.0) == []
    assert grades(room.rate("PA_ada", 0.0), "PA_bob") == [{"PA_ada": models.LOST}]
    assert grades(room.rate("PA_ada", 100.0), "PA_bob") == [{"PA_ada": models.EXCELLENT}]


def test_new_receivers_and_those_who_come_back_learn_how_connections_are(room: Room) -> None:
    enter(room, "ada")
    microphone = publish(room, "ada")
    room.rate("PA_ada", 30.0)
    everybody = {"PA_ada": models.POOR, "PA_bob": models.EXCELLENT}
    effects = enter(room, "bob", auto_subscribe=False)
    assert grades(effects, "PA_bob") == [everybody]
    assert grades(effects, "PA_ada") == [{"PA_bob": models.EXCELLENT}]
    room.rate("PA_ada", 90.0)
    wish = rtc.UpdateSubscription(track_sids=[microphone], subscribe=True)
    effects = room.update_subscription("PA_bob", wish, 1)
    assert grades(effects, "PA_bob") == [{"PA_ada": models.EXCELLENT}]
    room.lose_signal("PA_bob", 1)
    room.rate("PA_ada", 30.0)
    assert grades(room.resume("PA_bob", 2), "PA_bob") == [everybody]


# Backup codecs (protocol §2.5, §4.1)


def offer_codecs(room: Room, policy: models.BackupCodecPolicy = models.SIMULCAST) -> str:
    """Ada publishes a camera as VP9 and could send VP8 too; returns the track's sid."""
    codecs = [rtc.SimulcastCodec(codec="vp9", cid="vp9"), rtc.SimulcastCodec(codec="vp8")]
    request = rtc.AddTrackRequest(
        cid="vp9",
        type=models.VIDEO,
        source=models.CAMERA,
        layers=LAYERS,
        simulcast_codecs=codecs,
        backup_codec_policy=policy,
    )
    effects = room.add_track("PA_ada", request, 0)
    room.publish("PA_ada", Section(50, "video", "vp9", codec="vp9"), 0)
    return str(one(told(effects, "PA_ada", "track_published")).track_published.track.sid)


def add_backup(room: Room, track: str, **asked: Any) -> list[Effect]:
    codecs = [rtc.SimulcastCodec(codec="vp8", cid="copy")]
    request = rtc.AddTrackRequest(
        cid="copy", sid=track, type=models.VIDEO, source=models.CAMERA, simulcast_codecs=codecs
    )
    request.layers.extend(LAYERS[:2])
    request.MergeFrom(rtc.AddTrackRequest(**asked))
    return room.add_track("PA_ada", request, 0)


BACKUP = Section(51, "video", "copy", mid="8", rids=("q", "h"))


def asked_codecs(effects: Iterable[Effect]) -> list[dict[str, list[bool]]]:
    return [
        {
            codec.codec: [quality.enabled for quality in codec.qualities]
            for codec in message.subscribed_quality_update.subscribed_codecs
        }
        for message in told(effects, "PA_ada", "subscribed_quality_update")
    ]


ON, OFF = [True, True, True], [False, False, False]


def test_a_backup_is_asked_for_when_somebody_cannot_decode_the_first_codec(room: Room) -> None:
    for identity in ("ada", "bob", "old"):
        enter(room, identity)
    track = offer_codecs(room)
    effects = room.fail_subscription("PA_old", track, 1)
    assert asked_codecs(effects) == [{"vp9": ON, "vp8": ON}]
    assert not told(effects, "PA_old", "subscription_response")
    published = one(told(add_backup(room, track), "PA_ada", "track_published")).track_published
    assert (published.cid, published.track.sid) == ("copy", track)
    assert room.preferred_codecs("PA_ada") == {"vp9": "video/vp9", "copy": "video/vp8"}
    effects = room.publish("PA_ada", BACKUP, 2)
    assert kinds(effects, Subscribe, Unsubscribe, SetLayer) == [
        Subscribe("PA_old", 51, f"PA_ada|{track}", track),
        SetLayer("PA_old", track, 1, 2),
    ]
    (info,) = told(effects, "PA_bob", "update")[0].update.participants[0].tracks
    assert [(codec.mime_type, codec.mid, len(codec.layers)) for codec in info.codecs] == [
        ("video/vp9", "7", 3),
        ("video/vp8", "8", 2),
    ]
    assert room.preferred_codecs("PA_ada")["copy"] == "video/vp8"


def test_the_backup_may_be_offered_before_it_is_announced(room: Room) -> None:
    enter(room, "ada")
    track = offer_codecs(room)
    room.join(Newcomer("old"), "PA_old", 0, 0)
    room.fail_subscription("PA_old", track, 0)
    assert room.publish("PA_ada", BACKUP, 0) == []
    assert kinds(add_backup(room, track), Subscribe)


@pytest.mark.parametrize("policy", [models.PREFER_REGRESSION, models.REGRESSION])
def test_all_go_over_to_the_backup_unless_both_are_meant_to_be_sent(
    room: Room, policy: models.BackupCodecPolicy
) -> None:
    for identity in ("ada", "bob", "old"):
        enter(room, identity)
    track = offer_codecs(room, policy)
    room.fail_subscription("PA_old", track, 1)
    add_backup(room, track)
    effects = room.publish("PA_ada", BACKUP, 2)
    assert kinds(effects, Subscribe, Unsubscribe) == [
        Subscribe("PA_old", 51, f"PA_ada|{track}", track),
        Unsubscribe("PA_bob", track),
        Subscribe("PA_bob", 51, f"PA_ada|{track}", track),
    ]
    assert asked_codecs(room.handle_timeout(7)) == [{"vp9": OFF, "vp8": ON}]
    assert Subscribe("PA_eve", 51, f"PA_ada|{track}", track) in enter(room, "eve", now=7)


def test_a_backup_that_nobody_needs_any_more_is_switched_off(room: Room) -> None:
    for identity in ("ada", "bob", "old"):
        enter(room, identity)
    track = offer_codecs(room)
    room.fail_subscription("PA_old", track, 1)
    add_backup(room, track)
    room.publish("PA_ada", BACKUP, 1)
    assert asked_codecs(room.leave("PA_old", models.CLIENT_INITIATED, 2)) == []
    assert asked_codecs(room.handle_timeout(7)) == [{"vp9": ON, "vp8": OFF}]


def test_who_waits_in_vain_for_a_backup_is_told(room: Room) -> None:
    enter(room, "ada")
    track = offer_codecs(room)
    enter(room, "old")
    effects = room.fail_subscription("PA_old", track, 1)
    assert asked_codecs(effects) == [{"vp9": ON, "vp8": ON}]
    assert asked_codecs(room.handle_timeout(4)) == [{"vp9": ON, "vp8": ON}]
    effects = [*room.handle_timeout(7), *room.handle_timeout(16)]
    assert asked_codecs(effects)[-1] == {"vp9": OFF}
    refused = one(told(effects, "PA_old", "subscription_response"))
    assert refused.subscription_response.err == models.SE_CODEC_UNSUPPORTED
    assert not room.participants["PA_ada"].tracks[track].waiting


def test_a_backup_that_ends_leaves_the_first_codec(room: Room) -> None:
    for identity in ("ada", "bob"):
        enter(room, identity)
    track = offer_codecs(room, models.REGRESSION)
    add_backup(room, track)
    room.publish("PA_ada", BACKUP, 1)
    effects = room.unpublish("PA_ada", BACKUP, 2)
    assert kinds(effects, Subscribe, Unsubscribe) == [
        Unsubscribe("PA_bob", track),
        Subscribe("PA_bob", 50, f"PA_ada|{track}", track),
    ]
    effects = room.unpublish("PA_ada", Section(50, "video", "vp9", codec="vp9"), 3)
    assert kinds(effects, Unsubscribe) == [Unsubscribe("PA_bob", track)]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"sid": "TR_none"}, RequestResponse.NOT_FOUND),
        ({"simulcast_codecs": [rtc.SimulcastCodec(codec="av1")]}, RequestResponse.UNSUPPORTED_TYPE),
    ],
)
def test_a_backup_of_nothing_or_of_several_codecs_is_refused(
    room: Room, asked: dict[str, Any], reason: RequestResponse.Reason
) -> None:
    enter(room, "ada")
    effects = add_backup(room, offer_codecs(room), **asked)
    answer = one(told(effects, "PA_ada", "request_response")).request_response
    assert answer.reason == reason
    assert answer.add_track.cid == "copy"


def test_an_encrypted_track_has_no_backup(room: Room) -> None:
    enter(room, "ada")
    track = offer_codecs(room)
    room.participants["PA_ada"].tracks[track].info.encryption = models.Encryption.GCM
    assert told(add_backup(room, track), "PA_ada", "request_response")
    enter(room, "old")
    assert told(room.fail_subscription("PA_old", track, 1), "PA_old", "subscription_response")


# Names


def test_name_change_is_answered_told_and_put_in_the_token(room: Room) -> None:
    enter(room, "ada", permission=models.ParticipantPermission(can_update_metadata=True))
    enter(room, "bob")
    request = rtc.UpdateParticipantMetadata(name="Ada L.", attributes={"hand": "up"}, request_id=7)
    effects = room.update_metadata("PA_ada", request)
    answer = one(told(effects, "PA_ada", "request_response")).request_response
    assert (answer.request_id, answer.reason) == (7, RequestResponse.OK)
    for sid in ("PA_ada", "PA_bob"):
        (ada,) = one(told(effects, sid, "update")).update.participants
        assert (ada.name, ada.attributes["hand"]) == ("Ada L.", "up")
    assert RefreshToken("PA_ada") in effects


def test_an_empty_attribute_is_deleted_and_an_empty_name_kept(room: Room) -> None:
    enter(
        room,
        "ada",
        permission=models.ParticipantPermission(can_update_metadata=True),
        attributes={"hand": "up"},
    )
    request = rtc.UpdateParticipantMetadata(attributes={"hand": "", "never": ""})
    effects = room.update_metadata("PA_ada", request)
    (ada,) = one(told(effects, "PA_ada", "update")).update.participants
    assert (ada.name, dict(ada.attributes)) == ("Ada", {"visio.consent": ""})


REFUSED_METADATA = [
    (False, {"name": "x"}, RequestResponse.NOT_ALLOWED),
    (True, {"attributes": {"visio.role": "owner"}}, RequestResponse.NOT_ALLOWED),
    (True, {"attributes": {"visio.consent": ""}}, RequestResponse.NOT_ALLOWED),
    (True, {"name": "x" * 257}, RequestResponse.LIMIT_EXCEEDED),
    (True, {"metadata": "x" * (512 * 1024 + 1)}, RequestResponse.LIMIT_EXCEEDED),
    (True, {"attributes": {"k": "x" * (64 * 1024)}}, RequestResponse.LIMIT_EXCEEDED),
]


@pytest.mark.parametrize(("allowed", "change", "reason"), REFUSED_METADATA)
def test_metadata_is_refused_with_its_reason(
    room: Room, allowed: bool, change: dict[str, object], reason: RequestResponse.Reason
) -> None:
    enter(room, "ada", permission=models.ParticipantPermission(can_update_metadata=allowed))
    request = rtc.UpdateParticipantMetadata(**change)  # type: ignore[arg-type]
    effects = room.update_metadata("PA_ada", request)
    assert len(effects) == 1
    assert one(told(effects, "PA_ada", "request_response")).request_response.reason == reason
    assert room.participants["PA_ada"].name == "Ada"


# Transcription


def taps(effects: list[Effect]) -> list[tuple[type, str]]:
    return [(type(e), e.track) for e in effects if isinstance(e, Tap | Untap)]


def test_only_those_who_said_yes_are_tapped_and_only_while_it_is_on(room: Room) -> None:
    for identity in ("ada", "bob"):
        enter(room, identity)
    ada, bob = publish(room, "ada"), publish(room, "bob")
    assert taps(room.set_consent("PA_ada", "transcription", True)) == []
    assert taps(room.set_transcription(True)) == [(Tap, ada)]
    assert taps(room.set_consent("PA_bob", "transcription", False)) == []
    assert taps(room.set_consent("PA_bob", "transcription", True)) == [(Tap, bob)]
    assert taps(room.set_transcription(False)) == [(Untap, ada), (Untap, bob)]


def test_turning_transcription_on_is_shown_to_all_in_the_metadata(room: Room) -> None:
    enter(room, "ada")
    update = one(told(room.set_transcription(True), "PA_ada", "room_update"))
    assert json.loads(update.room_update.room.metadata)["transcription"] == "on"
    assert room.set_transcription(True) == []


def test_the_spotlight_is_shown_to_all_also_to_who_comes_later_or_again(room: Room) -> None:
    for identity in ("ada", "bob"):
        enter(room, identity)
    update = one(told(room.set_spotlight("bob"), "PA_ada", "room_update"))
    assert json.loads(update.room_update.room.metadata)["spotlight"] == "bob"
    assert room.set_spotlight("bob") == []
    room.leave("PA_bob", models.CLIENT_INITIATED, 0)
    enter(room, "bob")
    welcome = one(told(room.join(Newcomer("eve", "Eve"), "PA_eve", 0, 0), "PA_eve", "join"))
    again = one(told(room.resume("PA_ada", 0), "PA_ada", "room_update"))
    for shown in (welcome.join.room, again.room_update.room):
        assert json.loads(shown.metadata)["spotlight"] == "bob"
    ended = one(told(room.set_spotlight(""), "PA_eve", "room_update"))
    assert json.loads(ended.room_update.room.metadata)["spotlight"] == ""


def test_withdrawal_and_leave_stop_the_tap(room: Room) -> None:
    for identity in ("ada", "bob"):
        enter(room, identity)
    ada, bob = publish(room, "ada"), publish(room, "bob")
    room.set_transcription(True)
    room.set_consent("PA_ada", "transcription", True)
    room.set_consent("PA_bob", "transcription", True)
    assert taps(room.set_consent("PA_ada", "transcription", False)) == [(Untap, ada)]
    assert taps(room.leave("PA_bob", models.CLIENT_INITIATED, 0)) == [(Untap, bob)]


def test_only_microphones_are_tapped(room: Room) -> None:
    enter(room, "ada")
    room.set_transcription(True)
    room.set_consent("PA_ada", "transcription", True)
    publish(room, "ada", "video")
    announce(room, "ada", cid="share", source=models.SCREEN_SHARE_AUDIO)
    assert taps(room.publish("PA_ada", Section(90, "audio", "share"), 0)) == []
    announce(room, "ada", cid="mic")
    assert len(taps(room.publish("PA_ada", Section(91, "audio", "mic"), 0))) == 1


def test_what_is_encrypted_end_to_end_is_told_to_all_and_never_tapped(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    room.set_transcription(True)
    room.set_consent("PA_ada", "transcription", True)
    announce(room, "ada", encryption=models.Encryption.GCM)
    effects = room.publish("PA_ada", Section(90, "audio", "ada-audio"), 0)
    assert taps(effects) == []
    (track,) = one(told(effects, "PA_bob", "update")).update.participants[0].tracks
    assert track.encryption == models.Encryption.GCM
    assert taps(room.set_transcription(False) + room.set_transcription(True)) == []


def test_turning_off_forgets_the_answers_so_that_on_asks_again(room: Room) -> None:
    enter(room, "ada")
    microphone = publish(room, "ada")
    room.set_transcription(True)
    room.set_consent("PA_ada", "transcription", True)
    effects = room.set_transcription(False)
    (ada,) = one(told(effects, "PA_ada", "update")).update.participants
    assert ada.attributes["visio.consent"] == ""
    assert taps(room.set_transcription(True)) == []
    assert not room.participants["PA_ada"].tracks[microphone].tapped


def test_an_answer_in_the_token_is_not_an_answer(room: Room) -> None:
    room.set_transcription(True)
    enter(room, "ada", attributes={"visio.consent": "granted"})
    publish(room, "ada")
    assert room.participants["PA_ada"].attributes["visio.consent"] == ""
    assert not any(track.tapped for track in room.participants["PA_ada"].tracks.values())


def test_sharing_a_microphone_begins_its_tap_anew(room: Room) -> None:
    enter(room, "ada")
    microphone = publish(room, "ada")
    room.set_transcription(True)
    room.set_consent("PA_ada", "transcription", True)
    effects = room.set_shared_microphone("PA_ada", True)
    anew = Tap("PA_ada", number_of(microphone), microphone, True)
    assert kinds(effects, Tap, Untap) == [anew]
    assert room.set_shared_microphone("PA_ada", True) == []
    counted = room.set_shared_microphone("PA_ada", True, 3)
    assert kinds(counted, Tap, Untap) == []
    assert room.participants["PA_ada"].attributes["visio.microphone_people"] == "3"
    assert room.set_shared_microphone("PA_ada", True, 3) == []


def hands(room: Room) -> list[str]:
    """Whose are raised, in the order that everybody is shown."""
    raised = {p.identity: p.info().attributes.get("visio.hand") for p in room.participants.values()}
    return sorted(
        (one for one, place in raised.items() if place), key=lambda p: int(raised[p] or 0)
    )


def test_raised_hands_are_a_queue(room: Room) -> None:
    for identity in ("ada", "bob", "eve"):
        enter(room, identity)
    update = one(told(room.set_hand("PA_bob", True, 1.0), "PA_ada", "update"))
    assert update.update.participants[0].attributes["visio.hand"] == "1"
    room.set_hand("PA_ada", True, 2.0)
    assert room.set_hand("PA_bob", True, 3.0) == []
    assert hands(room) == ["bob", "ada"]
    room.set_hand("PA_bob", False, 4.0)
    assert hands(room) == ["ada"]
    room.set_hand("PA_bob", True, 5.0)
    assert hands(room) == ["bob", "ada"]
    room.set_hand("PA_bob", False, 6.0)
    room.set_hand("PA_bob", True, 30.0)
    assert hands(room) == ["ada", "bob"]


def test_hosts_lower_hands_for_good(room: Room) -> None:
    for identity in ("ada", "bob", "eve"):
        enter(room, identity)
        room.set_hand(f"PA_{identity}", True, 1.0)
    assert room.lower_hands("nobody") == []
    room.lower_hands("ada")
    assert hands(room) == ["bob", "eve"]
    room.set_hand("PA_ada", True, 2.0)
    assert hands(room) == ["bob", "eve", "ada"]
    update = one(told(room.lower_hands(), "PA_ada", "update")).update
    assert [p.identity for p in update.participants] == ["ada", "bob", "eve"]
    assert (hands(room), room.lower_hands()) == ([], [])


def test_a_hand_is_down_after_leaving(room: Room) -> None:
    enter(room, "ada", attributes={"visio.hand": "1"})
    assert hands(room) == []
    room.set_hand("PA_ada", True, 1.0)
    room.leave("PA_ada", models.CLIENT_INITIATED, 2.0)
    enter(room, "ada")
    assert hands(room) == []


def test_who_is_hidden_has_no_hand(room: Room) -> None:
    enter(room, "ada", permission=models.ParticipantPermission(hidden=True))
    assert room.set_hand("PA_ada", True, 1.0) == []


def test_a_new_title_is_told_to_those_inside(room: Room) -> None:
    enter(room, "ada")
    update = one(told(room.set_settings("Budget", {}, 0), "PA_ada", "room_update"))
    assert json.loads(update.room_update.room.metadata)["title"] == "Budget"


# Anything, in any order


class AnyOrder(RuleBasedStateMachine):
    """Participants do whatever they like; the hub must always be able to carry it out."""

    def __init__(self) -> None:
        super().__init__()
        numbers = count(1)
        self.room = Room("r", 0, lambda prefix: f"{prefix}{next(numbers)}", title="R")
        self.numbers = numbers
        self.now = 0.0
        self.subscriptions: set[tuple[str, str]] = set()
        self.taps: set[str] = set()
        self.publications: dict[int, Section] = {}

    def carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Subscribe(subscriber, publication, _, track):
                    assert subscriber in self.room.participants
                    assert publication in self.publications
                    assert (subscriber, track) not in self.subscriptions
                    self.subscriptions.add((subscriber, track))
                case Unsubscribe(subscriber, track):
                    self.subscriptions.remove((subscriber, track))
                case SetLayer(subscriber, track):
                    assert (subscriber, track) in self.subscriptions
                case Tap(_, publication, track):
                    assert publication in self.publications
                    self.taps.add(track)
                case Untap(track):
                    self.taps.remove(track)
                case Departed(sid):
                    self.subscriptions = {one for one in self.subscriptions if one[0] != sid}
                case RefreshToken(sid):
                    assert sid in self.room.participants

    def somebody(self, draw: st.DataObject) -> str:
        return draw.draw(st.sampled_from(sorted(self.room.participants)))

    def some_track(self, draw: st.DataObject) -> str:
        tracks = [t for p in self.room.participants.values() for t in (*p.tracks, *p.announced)]
        return draw.draw(st.sampled_from(sorted(tracks) or ["TR_none"]))

    @rule(identity=st.sampled_from("abc"), auto=st.booleans(), can=st.booleans())
    def join(self, identity: str, auto: bool, can: bool) -> None:
        permission = models.ParticipantPermission(can_subscribe=can, can_publish=True)
        newcomer = Newcomer(identity, permission=permission, auto_subscribe=auto)
        sid = f"PA_{next(self.numbers)}"
        self.carry_out(self.room.join(newcomer, sid, 0, self.now))

    @precondition(lambda self: self.room.participants)
    @rule(draw=st.data(), kind=st.sampled_from(["audio", "video"]), name=st.sampled_from("xyz"))
    def announce(self, draw: st.DataObject, kind: str, name: str) -> None:
        audio = kind == "audio"
        request = rtc.AddTrackRequest(
            cid=name,
            type=models.AUDIO if audio else models.VIDEO,
            source=models.MICROPHONE if audio else models.CAMERA,
        )
        if not audio:
            codecs = [rtc.SimulcastCodec(codec="vp8", cid=name), rtc.SimulcastCodec(codec="h264")]
            request.simulcast_codecs.extend(codecs)
            request.backup_codec_policy = draw.draw(st.sampled_from([0, 1]))
        self.carry_out(self.room.add_track(self.somebody(draw), request, self.now))

    @precondition(lambda self: self.room.participants)
    @rule(draw=st.data(), sends=st.booleans())
    def back_up(self, draw: st.DataObject, sends: bool) -> None:
        tracks = [(p.sid, sid) for p in self.room.participants.values() for sid in p.tracks]
        sid, track = draw.draw(
            st.sampled_from(sorted(tracks) or [(self.somebody(draw), "TR_none")])
        )
        codec = rtc.SimulcastCodec(codec="h264", cid=f"copy of {track}")
        request = rtc.AddTrackRequest(
            cid=codec.cid, sid=track, type=models.VIDEO, simulcast_codecs=[codec]
        )
        self.carry_out(self.room.add_track(sid, request, self.now))
        if sends:
            section = Section(next(self.numbers), "video", codec.cid, codec="h264")
            self.publications[section.id] = section
            self.carry_out(self.room.publish(sid, section, self.now))

    @precondition(lambda self: self.room.participants)
    @rule(draw=st.data(), kind=st.sampled_from(["audio", "video"]), name=st.sampled_from("xyz"))
    def send(self, draw: st.DataObject, kind: str, name: str) -> None:
        section = Section(next(self.numbers), kind, name)
        self.publications[section.id] = section
        self.carry_out(self.room.publish(self.somebody(draw), section, self.now))

    @precondition(lambda self: self.room.participants and self.publications)
    @rule(draw=st.data())
    def stop_sending(self, draw: st.DataObject) -> None:
        section = self.publications[draw.draw(st.sampled_from(sorted(self.publications)))]
        self.carry_out(self.room.unpublish(self.somebody(draw), section, self.now))

    @precondition(lambda self: self.room.participants)
    @rule(draw=st.data(), wanted=st.booleans())
    def choose(self, draw: st.DataObject, wanted: bool) -> None:
        request = rtc.UpdateSubscription(track_sids=[self.some_track(draw)], subscribe=wanted)
        self.carry_out(self.room.update_subscription(self.somebody(draw), request, self.now))

    @precondition(lambda self: self.room.participants)
    @rule(draw=st.data(), disabled=st.booleans(), quality=st.integers(-1, 4))
    def set_quality(self, draw: st.DataObject, disabled: bool, quality: int) -> None:
        settings = rtc.UpdateTrackSettings(track_sids=[self.some_track(draw)], disabled=disabled)
        settings.quality = quality  # type: ignore[assignment]
        self.carry_out(self.room.set_track_settings(self.somebody(draw), settings, self.now))

    @precondition(lambda self: self.room.participants)
    @rule(draw=st.data(), everybody=st.booleans(), who=st.sampled_from("abc"))
    def permit(self, draw: st.DataObject, everybody: bool, who: str) -> None:
        granted = rtc.SubscriptionPermission(all_participants=everybody)
        granted.track_permissions.add(participant_identity=who, track_sids=[self.some_track(draw)])
        sid = self.somebody(draw)
        self.carry_out(self.room.set_subscription_permission(sid, granted, self.now))

    @precondition(lambda self: self.subscriptions)
    @rule(draw=st.data())
    def cannot_decode(self, draw: st.DataObject) -> None:
        sid, track = draw.draw(st.sampled_from(sorted(self.subscriptions)))
        self.subscriptions.remove((sid, track))
        self.carry_out(self.room.fail_subscription(sid, track, self.now))

    @precondition(lambda self: self.room.participants)
    @rule(draw=st.data(), happening=st.sampled_from(["active", "signal", "media", "end", "back"]))
    def live(self, draw: st.DataObject, happening: str) -> None:
        sid = self.somebody(draw)
        effects = {
            "active": lambda: self.room.activate(sid, self.now),
            "signal": lambda: self.room.lose_signal(sid, self.now),
            "media": lambda: self.room.lose_media(sid, self.now),
            "end": lambda: self.room.leave(sid, models.CLIENT_INITIATED, self.now),
            "back": lambda: self.room.resume(sid, self.now),
        }
        self.carry_out(effects[happening]())

    @rule(on=st.booleans())
    def transcribe(self, on: bool) -> None:
        self.carry_out(self.room.set_transcription(on))

    @precondition(lambda self: self.room.participants)
    @rule(draw=st.data(), granted=st.booleans(), shared=st.booleans())
    def answer(self, draw: st.DataObject, granted: bool, shared: bool) -> None:
        sid = self.somebody(draw)
        self.carry_out(self.room.set_consent(sid, "transcription", granted))
        self.carry_out(self.room.set_shared_microphone(sid, shared))

    @rule(seconds=st.sampled_from([1, 5, 20, 60]))
    def wait(self, seconds: int) -> None:
        self.now += seconds
        self.carry_out(self.room.handle_timeout(self.now))

    @invariant()
    def nobody_is_listened_to_without_a_yes(self) -> None:
        agreed = {
            track.sid
            for participant in self.room.participants.values()
            for track in participant.tracks.values()
            if self.room.transcription
            and participant.consents_to("transcription")
            and track.is_microphone
        }
        assert self.taps == agreed

    @invariant()
    def everybody_receives_what_they_want_and_may(self) -> None:
        for owner in self.room.participants.values():
            for track in owner.tracks.values():
                receivers = {sid for sid, received in self.subscriptions if received == track.sid}
                assert receivers == set(track.subscribers)
                assert receivers.isdisjoint(track.waiting)
                assert owner.sid not in receivers
                for sid in receivers:
                    other = self.room.participants[sid]
                    assert other.permission.can_subscribe
                    assert owner.audience.includes(other, track.sid)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


# Rooms that programs make (protocol §4.10)


def test_a_made_room_waits_for_its_first_participant(room: Room) -> None:
    room.configure(CreateRoomRequest(empty_timeout=60, departure_timeout=5), 100.0)
    assert room.deadline() == 160.0
    enter(room, "ada", 110.0)
    assert not room.over
    room.leave("PA_ada", models.CLIENT_INITIATED, 120.0)
    assert room.handle_timeout(124.9) == []
    assert room.handle_timeout(125.0)[-1] == Closed()
    assert room.over


def test_making_it_again_puts_its_end_off(room: Room) -> None:
    room.configure(CreateRoomRequest(empty_timeout=60), 0.0)
    room.handle_timeout(60.0)
    assert room.over
    room.configure(CreateRoomRequest(max_participants=3), 61.0)
    assert (room.over, room.deadline()) == (False, 121.0)
    assert (room.info().empty_timeout, room.info().max_participants) == (60, 3)


def test_the_reference_s_timeouts_hold_unless_others_are_chosen(room: Room) -> None:
    room.configure(CreateRoomRequest(), 0.0)
    assert (room.info().empty_timeout, room.info().departure_timeout) == (300, 20)


def test_new_terms_are_told_to_those_inside(room: Room) -> None:
    enter(room, "ada")
    effects = room.configure(CreateRoomRequest(max_participants=2), 1.0)
    assert one(told(effects, "PA_ada", "room_update")).room_update.room.max_participants == 2
    assert room.configure(CreateRoomRequest(max_participants=2), 2.0) == []
    assert Closed() not in room.handle_timeout(250.0)


DEPENDENT = [
    {"kind": ParticipantInfo.AGENT},
    {"kind": ParticipantInfo.EGRESS},
    {"permission": models.ParticipantPermission(recorder=True)},
]


@pytest.mark.parametrize("traits", DEPENDENT)
def test_recorders_and_agents_neither_count_nor_keep_a_room(
    room: Room, traits: dict[str, object]
) -> None:
    room.configure(CreateRoomRequest(max_participants=1), 0.0)
    enter(room, "bot", 10.0, **traits)
    assert room.info().num_participants == 0
    assert room.admits("ada", dependent=False)
    enter(room, "ada", 20.0)
    assert room.info().num_participants == 1
    assert not room.admits("bob", dependent=False)
    assert room.admits("bob", dependent=True)
    assert room.admits("ada", dependent=False)
    room.leave("PA_ada", models.CLIENT_INITIATED, 30.0)
    effects = room.handle_timeout(50.0)
    assert one(told(effects, "PA_bot", "leave")).leave.reason == models.ROOM_CLOSED
    assert effects[-1] == Closed()
    assert room.over


def test_a_recorder_s_coming_and_going_is_shown(room: Room) -> None:
    enter(room, "ada")
    for effects, shown in (
        (enter(room, "tape", kind=ParticipantInfo.EGRESS), True),
        (room.leave("PA_tape", models.CLIENT_INITIATED, 1.0), False),
    ):
        update = one(told(effects, "PA_ada", "room_update")).room_update
        assert update.room.active_recording is shown


# What programs decide (protocol §4.7)


def test_muting_for_somebody_tells_their_client_and_everybody(room: Room) -> None:
    for identity in ("ada", "bob"):
        enter(room, identity)
    microphone = publish(room, "ada")
    effects = room.mute_for("PA_ada", microphone)
    mute = one(told(effects, "PA_ada", "mute")).mute
    assert (mute.sid, mute.muted) == (microphone, True)
    (ada,) = one(told(effects, "PA_bob", "update")).update.participants
    assert ada.tracks[0].muted


def permit(room: Room, identity: str, **permission: Any) -> list[Effect]:
    asked = UpdateParticipantRequest(permission=models.ParticipantPermission(**permission))
    return room.update_participant(f"PA_{identity}", asked, 1.0)


def test_sources_taken_away_take_their_tracks_and_no_others(room: Room) -> None:
    for identity in ("ada", "bob"):
        enter(room, identity)
    microphone, camera = publish(room, "ada"), publish(room, "ada", "video")
    announce(room, "ada", cid="share", source=models.SCREEN_SHARE)
    effects = permit(
        room,
        "ada",
        can_publish=True,
        can_subscribe=True,
        can_publish_sources=[models.MICROPHONE],
    )
    gone = [m.track_unpublished.track_sid for m in told(effects, "PA_ada", "track_unpublished")]
    assert (len(gone), gone[0]) == (2, camera)
    assert kinds(effects, Unsubscribe) == [Unsubscribe("PA_bob", camera)]
    (ada,) = told(effects, "PA_bob", "update")[-1].update.participants
    assert [track.sid for track in ada.tracks] == [microphone]
    assert RefreshToken("PA_ada") in effects
    refused = announce(room, "ada", "video", cid="again")
    answer = one(told(refused, "PA_ada", "request_response")).request_response
    assert answer.reason == RequestResponse.NOT_ALLOWED


def test_who_may_no_longer_receive_is_sent_nothing_and_again_when_it_may(room: Room) -> None:
    for identity in ("ada", "bob"):
        enter(room, identity)
    microphone = publish(room, "ada")
    assert kinds(permit(room, "bob", can_publish=True), Unsubscribe) == [
        Unsubscribe("PA_bob", microphone)
    ]
    assert len(kinds(permit(room, "bob", can_subscribe=True), Subscribe)) == 1


def test_nobody_is_hidden_or_shown_while_inside(room: Room) -> None:
    enter(room, "ada")
    permit(room, "ada", hidden=True, can_publish=True)
    assert not room.participants["PA_ada"].permission.hidden


def test_the_same_nonce_is_new_once_and_after_a_while_again(room: Room) -> None:
    assert [room.is_new(b"n", now) for now in (0.0, 1.0, 299.0, 300.0, 301.0)] == [
        True,
        False,
        False,
        True,
        False,
    ]
    assert room.is_new(b"", 2.0)
    assert room.is_new(b"", 2.0)


# What webhooks are told


def reports(effects: Iterable[Effect]) -> list[str]:
    return [effect.event for effect in effects if isinstance(effect, Report)]


def test_a_life_is_reported_in_order(room: Room) -> None:
    effects = room.open()
    effects += room.join(Newcomer(identity="ada"), "PA_ada", 5_000, 0.0)
    assert reports(effects) == ["room_started"]
    effects = [*room.activate("PA_ada", 0.0), *room.activate("PA_ada", 0.0)]
    assert reports(effects) == ["participant_joined"]
    announce(room, "ada")
    section = Section(1, "audio", "ada-audio")
    assert reports(room.publish("PA_ada", section, 0.0)) == ["track_published"]
    assert reports(room.unpublish("PA_ada", section, 0)) == ["track_unpublished"]
    publish(room, "ada")
    effects = room.leave("PA_ada", models.CLIENT_INITIATED, 0.0)
    effects += room.finish(models.ROOM_END_IDLE_TIMEOUT)
    assert reports(effects) == ["track_unpublished", "participant_left", "room_finished"]


def test_who_never_connected_is_reported_as_aborted(room: Room) -> None:
    room.join(Newcomer(identity="ada"), "PA_ada", 5_000, 0.0)
    effects = room.handle_timeout(60.0)
    assert reports(effects) == ["participant_connection_aborted"]


def test_a_report_is_not_changed_by_what_comes_after(room: Room) -> None:
    enter(room, "ada")
    announce(room, "ada")
    (report,) = kinds(room.publish("PA_ada", Section(1, "audio", "ada-audio"), 0.0), Report)
    room.mute_for("PA_ada", next(iter(room.participants["PA_ada"].tracks)))
    assert isinstance(report, Report)
    assert report.track
    assert not report.track.muted
