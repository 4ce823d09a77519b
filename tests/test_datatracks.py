from struct import pack
from typing import Any

import pytest
from livekit.protocol import models, rtc
from livekit.protocol.room import UpdateParticipantRequest
from livekit.protocol.rtc import LeaveRequest, RequestResponse

from tests.test_room import enter, kinds, one, room, told
from visio.datatracks import Frames
from visio.effects import Effect, Tell
from visio.room import Room

__all__ = ["room"]


def publish(room: Room, identity: str, handle: int = 7, name: str = "lidar") -> list[Effect]:
    request = rtc.PublishDataTrackRequest(pub_handle=handle, name=name)
    return room.publish_data_track(f"PA_{identity}", request)


def sid_of(room: Room, identity: str, handle: int = 7) -> str:
    return room.participants[f"PA_{identity}"].data_tracks[handle].sid


def subscribe(room: Room, identity: str, *track_sids: str, fps: int = 0) -> list[Effect]:
    updates = [
        rtc.UpdateDataSubscription.Update(
            track_sid=sid,
            subscribe=True,
            options=models.DataTrackSubscriptionOptions(target_fps=fps),
        )
        for sid in track_sids
    ]
    request = rtc.UpdateDataSubscription(updates=updates)
    return room.update_data_subscription(f"PA_{identity}", request)


def handles(effects: list[Effect], identity: str) -> dict[int, str]:
    """The last handles somebody was told, with the sids of their tracks."""
    messages = told(effects, f"PA_{identity}", "data_track_subscriber_handles")
    last = messages[-1].data_track_subscriber_handles.sub_handles
    return {handle: track.track_sid for handle, track in last.items()}


def frame_packet(
    handle: int = 7, frame: int = 1, rest: bytes = b"payload", flags: int = 0x18
) -> bytes:
    return pack("!BBHHHL", flags, 0, handle, 5, frame, 90_000) + rest


def receivers(room: Room, identity: str, packet: bytes, now: float = 0) -> list[tuple[str, bytes]]:
    return room.data_tracks.forward(room.participants[f"PA_{identity}"], packet, now)


def shown(effects: list[Effect], to: str, of: str) -> list[str]:
    """The names of somebody's data tracks in the last update that another was sent."""
    updates = told(effects, f"PA_{to}", "update")
    (info,) = [p for p in updates[-1].update.participants if p.identity == of]
    return [track.name for track in info.data_tracks]


def test_publisher_is_answered_and_everybody_told(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    effects = publish(room, "ada")
    info = one(
        told(effects, "PA_ada", "publish_data_track_response")
    ).publish_data_track_response.info
    assert (info.pub_handle, info.name, info.sid[:4]) == (7, "lidar", "DTR_")
    assert shown(effects, "bob", "ada") == ["lidar"]
    join = enter(room, "eve")[0]
    assert isinstance(join, Tell)
    (ada, _) = join.message.join.other_participants
    assert [track.sid for track in ada.data_tracks] == [info.sid]


def test_what_describes_the_frames_is_passed_on(room: Room) -> None:
    enter(room, "ada")
    request = rtc.PublishDataTrackRequest(
        pub_handle=1,
        name="n",
        encryption=models.Encryption.GCM,
        schema=models.DataTrackSchemaId(name="points"),
    )
    room.publish_data_track("PA_ada", request)
    info = room.participants["PA_ada"].data_tracks[1]
    assert (info.encryption, info.schema.name) == (models.Encryption.GCM, "points")
    assert not info.HasField("frame_encoding")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"pub_handle": 0}, RequestResponse.INVALID_HANDLE),
        ({"pub_handle": 65_536}, RequestResponse.INVALID_HANDLE),
        ({"name": ""}, RequestResponse.INVALID_NAME),
        ({"name": "n" * 257}, RequestResponse.INVALID_NAME),
        ({"pub_handle": 7, "name": "other"}, RequestResponse.DUPLICATE_HANDLE),
        ({"name": "lidar"}, RequestResponse.DUPLICATE_NAME),
        ({"schema": models.DataTrackSchemaId(name="s" * 5000)}, RequestResponse.LIMIT_EXCEEDED),
    ],
)
def test_what_cannot_be_is_refused(
    room: Room, asked: dict[str, Any], reason: RequestResponse.Reason
) -> None:
    enter(room, "ada")
    publish(room, "ada", 7, "lidar")
    request = rtc.PublishDataTrackRequest(**{"pub_handle": 8, "name": "second"} | asked)
    answer = one(told(room.publish_data_track("PA_ada", request), "PA_ada", "request_response"))
    assert answer.request_response.reason == reason
    assert answer.request_response.publish_data_track == request


def test_thirty_third_track_is_one_too_many(room: Room) -> None:
    enter(room, "ada")
    for number in range(1, 33):
        publish(room, "ada", number, str(number))
    answer = one(told(publish(room, "ada", 33, "33"), "PA_ada", "request_response"))
    assert answer.request_response.reason == RequestResponse.LIMIT_EXCEEDED


def test_without_the_right_nothing_is_published(room: Room) -> None:
    enter(room, "ada", permission=models.ParticipantPermission(can_publish=True))
    answer = one(told(publish(room, "ada"), "PA_ada", "request_response"))
    assert answer.request_response.reason == RequestResponse.NOT_ALLOWED


def test_subscriber_is_told_all_its_handles_each_time(room: Room) -> None:
    for identity in ("ada", "bob", "eve"):
        enter(room, identity)
    publish(room, "ada")
    publish(room, "eve")
    first = handles(subscribe(room, "bob", sid_of(room, "ada")), "bob")
    both = handles(subscribe(room, "bob", sid_of(room, "eve")), "bob")
    assert first == {1: sid_of(room, "ada")}
    assert both == {1: sid_of(room, "ada"), 2: sid_of(room, "eve")}


def test_packets_bear_the_handle_of_the_receiver_and_are_otherwise_untouched(room: Room) -> None:
    for identity in ("ada", "bob", "eve"):
        enter(room, identity)
    publish(room, "ada", 3, "other")
    publish(room, "ada", 7, "lidar")
    subscribe(room, "bob", sid_of(room, "ada", 3), sid_of(room, "ada", 7))
    subscribe(room, "eve", sid_of(room, "ada", 7))
    extended = b"\x00\x02\x02\x08\x00\x00\x00\x00\x00\x00\x00\x09rest"
    packet = frame_packet(7, rest=extended, flags=0x1C)
    got = dict(receivers(room, "ada", packet))
    assert got == {
        "PA_bob": frame_packet(2, rest=extended, flags=0x1C),
        "PA_eve": frame_packet(1, rest=extended, flags=0x1C),
    }


@pytest.mark.parametrize(
    "packet", [b"", bytes(11), frame_packet(handle=8), frame_packet(flags=0x38)]
)
def test_packets_that_make_no_sense_go_nowhere(room: Room, packet: bytes) -> None:
    enter(room, "ada")
    enter(room, "bob")
    publish(room, "ada")
    subscribe(room, "bob", sid_of(room, "ada"))
    assert receivers(room, "ada", packet) == []


def test_unsubscribed_gets_nothing_and_its_handle_is_not_given_again_soon(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    publish(room, "ada")
    sid = sid_of(room, "ada")
    subscribe(room, "bob", sid)
    request = rtc.UpdateDataSubscription(
        updates=[rtc.UpdateDataSubscription.Update(track_sid=sid, subscribe=False)]
    )
    assert handles(room.update_data_subscription("PA_bob", request), "bob") == {}
    assert receivers(room, "ada", frame_packet()) == []
    assert room.update_data_subscription("PA_bob", request) == []
    assert handles(subscribe(room, "bob", sid), "bob") == {2: sid}


def test_unpublished_track_is_gone_for_all(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    publish(room, "ada")
    subscribe(room, "bob", sid_of(room, "ada"))
    effects = room.unpublish_data_track("PA_ada", rtc.UnpublishDataTrackRequest(pub_handle=7))
    answer = one(told(effects, "PA_ada", "unpublish_data_track_response"))
    assert answer.unpublish_data_track_response.info.pub_handle == 7
    assert shown(effects, "bob", "ada") == []
    assert receivers(room, "ada", frame_packet()) == []
    again = room.unpublish_data_track("PA_ada", rtc.UnpublishDataTrackRequest(pub_handle=7))
    refused = one(told(again, "PA_ada", "request_response")).request_response
    assert refused.reason == RequestResponse.NOT_FOUND
    assert refused.unpublish_data_track.pub_handle == 7


def test_who_wants_everything_is_subscribed_after_it_was_told(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob", auto_subscribe_data=True)
    effects = publish(room, "ada")
    assert handles(effects, "bob") == {1: sid_of(room, "ada")}
    names = [
        effect.message.WhichOneof("message")
        for effect in kinds(effects, Tell)
        if isinstance(effect, Tell) and "PA_bob" in effect.to
    ]
    assert names == ["update", "data_track_subscriber_handles"]
    joined = enter(room, "eve", auto_subscribe_data=True)
    assert handles(joined, "eve") == {1: sid_of(room, "ada")}


def test_leaver_takes_its_tracks_and_its_subscriptions_along(room: Room) -> None:
    for identity in ("ada", "bob"):
        enter(room, identity)
        publish(room, identity)
    subscribe(room, "ada", sid_of(room, "bob"))
    subscribe(room, "bob", sid_of(room, "ada"))
    room.leave("PA_bob", models.CLIENT_INITIATED, 0)
    assert receivers(room, "ada", frame_packet()) == []
    enter(room, "bob")
    assert receivers(room, "ada", frame_packet()) == []


def permit(room: Room, identity: str, **allowed: bool) -> list[Effect]:
    permission = models.ParticipantPermission(**allowed)
    request = UpdateParticipantRequest(permission=permission)
    return room.update_participant(f"PA_{identity}", request, 0)


def test_lost_right_to_publish_ends_the_tracks(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    publish(room, "ada")
    effects = permit(room, "ada", can_publish=True, can_subscribe=True)
    assert told(effects, "PA_ada", "unpublish_data_track_response")
    assert shown(effects, "bob", "ada") == []


def test_lost_right_to_subscribe_stops_the_frames_until_it_is_given_back(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    publish(room, "ada")
    subscribe(room, "bob", sid_of(room, "ada"))
    assert handles(permit(room, "bob", can_publish_data=True), "bob") == {}
    assert receivers(room, "ada", frame_packet()) == []
    back = permit(room, "bob", can_subscribe=True)
    assert handles(back, "bob") == {1: sid_of(room, "ada")}
    assert len(receivers(room, "ada", frame_packet())) == 1


def test_publisher_chooses_its_audience(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    publish(room, "ada")
    subscribe(room, "bob", sid_of(room, "ada"))
    nobody = rtc.SubscriptionPermission(all_participants=False)
    assert handles(room.set_subscription_permission("PA_ada", nobody, 0), "bob") == {}
    assert receivers(room, "ada", frame_packet()) == []
    everybody = rtc.SubscriptionPermission(all_participants=True)
    effects = room.set_subscription_permission("PA_ada", everybody, 0)
    assert handles(effects, "bob") == {1: sid_of(room, "ada")}
    assert room.set_subscription_permission("PA_ada", everybody, 0) == []


def test_resumed_client_is_reminded_of_its_handles(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    publish(room, "ada")
    subscribe(room, "bob", sid_of(room, "ada"))
    room.lose_signal("PA_bob", 0)
    assert handles(room.resume("PA_bob", 1), "bob") == {1: sid_of(room, "ada")}


def test_resumed_client_that_believes_in_another_track_starts_over(room: Room) -> None:
    enter(room, "ada")
    publish(room, "ada")
    known = room.participants["PA_ada"].data_tracks[7]
    for info, starts_over in ((known, False), (models.DataTrackInfo(sid="DTR_gone"), True)):
        state = rtc.SyncState(publish_data_tracks=[rtc.PublishDataTrackResponse(info=info)])
        leaves = told(room.sync("PA_ada", state, 0), "PA_ada", "leave")
        assert [m.leave.action for m in leaves] == [LeaveRequest.RECONNECT] * starts_over


def test_resumed_client_says_what_it_is_subscribed_to(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    publish(room, "ada")
    sid = sid_of(room, "ada")
    wishes = rtc.UpdateDataSubscription(
        updates=[rtc.UpdateDataSubscription.Update(track_sid=sid, subscribe=True)]
    )
    effects = room.sync("PA_bob", rtc.SyncState(data_subscription=wishes), 0)
    assert handles(effects, "bob") == {1: sid}


def test_frames_are_left_out_wholly() -> None:
    frames = Frames(per_second=10)
    times = [number / 30 for number in range(60)]
    admitted = [
        number
        for number, now in enumerate(times)
        if any([frames.admit(number, now), frames.admit(number, now + 1)])
    ]
    assert admitted == list(range(0, 60, 3))


def test_slower_tracks_than_asked_for_are_whole() -> None:
    frames = Frames(per_second=10)
    assert all(frames.admit(number, number * 0.11) for number in range(100))


def test_subscriber_may_ask_for_fewer_frames(room: Room) -> None:
    enter(room, "ada")
    enter(room, "bob")
    publish(room, "ada")
    subscribe(room, "bob", sid_of(room, "ada"), fps=1)
    got = [n for n in range(30) if receivers(room, "ada", frame_packet(frame=n), n / 10)]
    assert got == [0, 8, 18, 28]
