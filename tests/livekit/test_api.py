"""The server API, called by the unmodified `livekit-api`."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from livekit import api
from livekit.protocol import models, room, rtc
from livekit.protocol.models import DisconnectReason, ParticipantInfo
from livekit.rtc import TrackKind

from tests.livekit.caller import called, heard_tone
from tests.livekit.signal import connected, joined, wrapped
from tests.livekit.site import KEYS, Site
from visio.effects import Publication
from visio.hub import LiveRoom, steady_clock

pytestmark = pytest.mark.one_database

NAME = "bots-only"
AUDIO = TrackKind.KIND_AUDIO


@pytest.fixture
async def bots(site: Site) -> AsyncIterator[api.LiveKitAPI]:
    """A program that holds an API key."""
    async with api.LiveKitAPI(http_url(site), "bots", KEYS["bots"]) as client:
        yield client


def http_url(site: Site) -> str:
    return site.url.replace("ws", "http", 1)


def live_room(site: Site, name: str = NAME) -> LiveRoom:
    live = site.hub.opened(name)
    assert live is not None
    return live


class Camera(Publication):
    """A media section without media."""

    id, kind, mid, cid, mime, rids = 1_000_000, "video", "9", "camera", "video/vp8", ()


def publish(site: Site, sid: str) -> str:
    """Announce and negotiate a camera; nobody subscribes. Returns the track's sid."""
    live = live_room(site)
    request = rtc.AddTrackRequest(cid="camera", type=models.VIDEO, source=models.CAMERA)
    live.perform(live.room.add_track(sid, request, steady_clock()))
    live.perform(live.room.publish(sid, Camera(), steady_clock()))
    (track_sid,) = live.room.participants[sid].tracks
    return track_sid


async def refusal(call: Any) -> tuple[str, int]:
    with pytest.raises(api.TwirpError) as error:
        await call
    return error.value.code, error.value.status


# Rooms


@pytest.mark.rule(6, 286, 290, 291, 292, client="api")
async def test_a_room_is_made_listed_and_deleted(site: Site, bots: api.LiveKitAPI) -> None:
    made = await bots.room.create_room(
        api.CreateRoomRequest(name="council", empty_timeout=60, max_participants=5, metadata="m")
    )
    assert (made.name, made.empty_timeout, made.departure_timeout) == ("council", 60, 20)
    assert (made.max_participants, made.metadata, made.sid[:3]) == (5, "m", "RM_")
    await bots.room.create_room(api.CreateRoomRequest(name="other"))
    everything = await bots.room.list_rooms(api.ListRoomsRequest())
    assert {one.name for one in everything.rooms} == {"council", "other"}
    (found,) = (await bots.room.list_rooms(api.ListRoomsRequest(names=["council", "no"]))).rooms
    assert found == made
    await bots.room.delete_room(api.DeleteRoomRequest(room="council"))
    assert await refusal(bots.room.delete_room(api.DeleteRoomRequest(room="council"))) == (
        "not_found",
        404,
    )


@pytest.mark.rule(290, client="api")
async def test_making_it_again_changes_its_terms(bots: api.LiveKitAPI) -> None:
    first = await bots.room.create_room(api.CreateRoomRequest(name="r", empty_timeout=60))
    again = await bots.room.create_room(api.CreateRoomRequest(name="r", max_participants=2))
    assert (again.sid, again.empty_timeout, again.max_participants) == (first.sid, 60, 2)


@pytest.mark.rule(290, client="api")
async def test_a_room_without_a_name_is_given_one(bots: api.LiveKitAPI) -> None:
    assert (await bots.room.create_room(api.CreateRoomRequest())).name


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"name": "x" * 257}, "invalid_argument"),
        ({"name": "a\x00b"}, "invalid_argument"),
        ({"name": "r", "room_preset": "large"}, "invalid_argument"),
        ({"name": "r", "metadata": "x" * (512 * 1024 + 1)}, "invalid_argument"),
        ({"name": "r", "egress": room.RoomEgress()}, "unimplemented"),
    ],
)
async def test_what_cannot_be_made_is_refused(
    bots: api.LiveKitAPI, asked: dict[str, Any], code: str
) -> None:
    assert (await refusal(bots.room.create_room(api.CreateRoomRequest(**asked))))[0] == code


@pytest.mark.rule(62, 65, 259, 260, 261, client="raw")
@pytest.mark.rule(261, client="api")
async def test_nobody_comes_into_a_full_room(site: Site, bots: api.LiveKitAPI) -> None:
    """The refusal is final and readable: JS asks /validate for it."""
    await bots.room.create_room(api.CreateRoomRequest(name=NAME, max_participants=1))
    async with joined(site, "ada"):
        query = {
            "access_token": site.token("bob"),
            "join_request": wrapped(rtc.JoinRequest()),
        }
        for path in ("rtc/v1/validate", "rtc/validate"):
            async with site.http.get(f"{http_url(site)}/{path}", params=query) as answer:
                text = "room has exceeded its max participants"
                assert (answer.status, await answer.text()) == (403, text)
        async with site.http.get(
            f"{http_url(site)}/rtc/v1",
            params=query,
            headers={
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            },
        ) as answer:
            assert answer.status == 403
        async with joined(site, "recorder", kind="egress"):  # takes no place
            (shown,) = (await bots.room.list_rooms(api.ListRoomsRequest())).rooms
            assert (shown.num_participants, shown.active_recording) == (1, True)
        async with joined(site, "ada"):  # takes her own
            pass


@pytest.mark.rule(268, client="api")
@pytest.mark.rule(268, client="raw")
async def test_deleting_sends_everybody_away(site: Site, bots: api.LiveKitAPI) -> None:
    async with joined(site, "ada") as ada:
        await bots.room.delete_room(api.DeleteRoomRequest(room=NAME))
        leave = await ada.expect("leave")
        assert leave.reason == DisconnectReason.ROOM_DELETED
        assert leave.action == rtc.LeaveRequest.DISCONNECT
        assert await ada.closed() == 1000
    assert not (await bots.room.list_rooms(api.ListRoomsRequest())).rooms


@pytest.mark.rule(300, client="api")
@pytest.mark.rule(133, client="raw")
async def test_new_metadata_is_told_to_those_inside(site: Site, bots: api.LiveKitAPI) -> None:
    async with joined(site, "ada") as ada:
        request = api.UpdateRoomMetadataRequest(room=NAME, metadata="green")
        assert (await bots.room.update_room_metadata(request)).metadata == "green"
        assert (await ada.expect("room_update")).room.metadata == "green"


async def test_the_metadata_of_a_product_room_is_ours(site: Site, bots: api.LiveKitAPI) -> None:
    await site.make_room("council")
    asked = api.UpdateRoomMetadataRequest(room="council", metadata="x")
    made = api.CreateRoomRequest(name="council", metadata="x")
    assert await refusal(bots.room.update_room_metadata(asked)) == ("failed_precondition", 412)
    assert await refusal(bots.room.create_room(made)) == ("failed_precondition", 412)
    opened = await bots.room.create_room(api.CreateRoomRequest(name="council"))
    assert site.hub.meeting("council") is None  # a meeting begins when somebody comes
    async with joined(site, "ada", "council") as ada:
        assert ada.join.room.sid == opened.sid
        shown = json.loads(ada.join.room.metadata)
        assert shown["meeting"] == site.hub.meeting("council") is not None


@pytest.mark.rule(49, 308, client="api")
@pytest.mark.rule(49, client="raw")
async def test_a_token_says_how_its_room_is_to_be(site: Site) -> None:
    token = (
        api.AccessToken("bots", KEYS["bots"])
        .with_identity("ada")
        .with_grants(api.VideoGrants(room_join=True, room="own"))
        .with_room_config(api.RoomConfiguration(max_participants=7, metadata="m"))
        .to_jwt()
    )
    async with connected(site, token) as ada:
        shown = (await ada.receive()).join.room
        assert (shown.max_participants, shown.metadata) == (7, "m")


# Participants


@pytest.mark.rule(293, 294, 295, client="api")
async def test_participants_are_listed_and_found(site: Site, bots: api.LiveKitAPI) -> None:
    empty = await bots.room.list_participants(api.ListParticipantsRequest(room=NAME))
    assert not empty.participants
    async with joined(site, "ada") as ada, joined(site, "bob"):
        track_sid = publish(site, ada.sid)
        everybody = await bots.room.list_participants(api.ListParticipantsRequest(room=NAME))
        assert [one.identity for one in everybody.participants] == ["ada", "bob"]
        found = await bots.room.get_participant(
            api.RoomParticipantIdentity(room=NAME, identity="ada")
        )
        assert (found.sid, [track.sid for track in found.tracks]) == (ada.sid, [track_sid])
        absent = api.RoomParticipantIdentity(room=NAME, identity="eve")
        assert await refusal(bots.room.get_participant(absent)) == ("not_found", 404)
        assert await refusal(bots.room.remove_participant(absent)) == ("not_found", 404)


@pytest.mark.rule(267, client="api")
@pytest.mark.rule(251, 262, 267, client="raw")
async def test_a_removed_participant_is_told_why(site: Site, bots: api.LiveKitAPI) -> None:
    async with joined(site, "ada") as ada, joined(site, "bob") as bob:
        await bots.room.remove_participant(api.RoomParticipantIdentity(room=NAME, identity="bob"))
        assert (await bob.expect("leave")).reason == DisconnectReason.PARTICIPANT_REMOVED
        gone = await ada.state_of("bob", ParticipantInfo.DISCONNECTED)
        assert gone.disconnect_reason == DisconnectReason.PARTICIPANT_REMOVED


@pytest.mark.rule(247, 296, client="api")
@pytest.mark.rule(132, 247, client="raw")
async def test_a_track_is_muted_and_only_its_owner_unmutes_it(
    site: Site, bots: api.LiveKitAPI
) -> None:
    async with joined(site, "ada") as ada:
        asked = api.MuteRoomTrackRequest(room=NAME, identity="ada", muted=True)
        assert await refusal(bots.room.mute_published_track(asked)) == ("not_found", 404)
        asked.track_sid = publish(site, ada.sid)
        assert (await bots.room.mute_published_track(asked)).track.muted
        assert (await ada.expect("mute")).muted
        (told,) = (await ada.expect("update")).participants
        assert told.tracks[0].muted
        asked.muted = False
        assert await refusal(bots.room.mute_published_track(asked)) == (
            "failed_precondition",
            412,
        )


@pytest.mark.rule(297, client="api")
@pytest.mark.rule(97, 249, client="raw")
async def test_a_participant_is_described_anew(site: Site, bots: api.LiveKitAPI) -> None:
    async with joined(site, "ada", attributes={"hand": "up", "seat": "1"}) as ada:
        await ada.expect("refresh_token")
        asked = api.UpdateParticipantRequest(
            room=NAME, identity="ada", name="Ada L.", attributes={"hand": "", "colour": "red"}
        )
        info = await bots.room.update_participant(asked)
        (told,) = (await ada.expect("update")).participants
        for one in (info, told):
            attributes = {**one.attributes}
            attributes.pop("visio.consent")
            assert (one.name, attributes) == ("Ada L.", {"seat": "1", "colour": "red"})
        fresh = await ada.expect("refresh_token")
        claims = api.TokenVerifier("bots", KEYS["bots"]).verify(fresh)
        assert (claims.name, claims.attributes["colour"]) == ("Ada L.", "red")


@pytest.mark.parametrize(
    "change", [{"name": "x" * 257}, {"attributes": {"visio.consent": "granted"}}]
)
@pytest.mark.rule(248, client="api")
async def test_what_participants_cannot_be_called_is_refused(
    site: Site, bots: api.LiveKitAPI, change: dict[str, Any]
) -> None:
    async with joined(site, "ada"):
        asked = api.UpdateParticipantRequest(room=NAME, identity="ada", **change)
        assert await refusal(bots.room.update_participant(asked)) == ("invalid_argument", 400)


@pytest.mark.rule(244, 297, client="api")
@pytest.mark.rule(83, 97, 244, client="raw")
async def test_a_permission_taken_away_takes_tracks_and_is_in_the_next_token(
    site: Site, bots: api.LiveKitAPI
) -> None:
    async with joined(site, "ada") as ada:
        await ada.expect("refresh_token")
        track_sid = publish(site, ada.sid)
        asked = api.UpdateParticipantRequest(
            room=NAME,
            identity="ada",
            permission=api.ParticipantPermission(can_publish=False, can_subscribe=True),
        )
        assert not (await bots.room.update_participant(asked)).tracks
        assert (await ada.expect("track_unpublished")).track_sid == track_sid
        (told,) = (await ada.expect("update")).participants
        assert (told.permission.can_publish, len(told.tracks)) == (False, 0)
        claims = api.TokenVerifier("bots", KEYS["bots"]).verify(await ada.expect("refresh_token"))
        assert claims.video
        assert (claims.video.can_publish, claims.video.can_subscribe) == (False, True)


@pytest.mark.slow
@pytest.mark.rule(298, client="api")
async def test_subscriptions_are_changed_for_a_participant(
    site: Site, bots: api.LiveKitAPI
) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):
        publication = await ada.speak(440)
        await bob.event("track_subscribed")
        owner = live_room(site).room.find("ada")
        assert owner
        track = owner.tracks[publication.sid]
        asked = api.UpdateSubscriptionsRequest(
            room=NAME, identity="bob", track_sids=[publication.sid], subscribe=False
        )
        await bots.room.update_subscriptions(asked)
        assert not track.subscribers
        asked.subscribe = True
        await bots.room.update_subscriptions(asked)
        assert abs(await heard_tone(await bob.track_of("ada", AUDIO)) - 440) <= 4


@pytest.mark.slow
async def test_muting_stops_the_voice_at_its_source(site: Site, bots: api.LiveKitAPI) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):
        publication = await ada.speak(440)
        await bob.event("track_subscribed")
        await bots.room.mute_published_track(
            api.MuteRoomTrackRequest(
                room=NAME, identity="ada", track_sid=publication.sid, muted=True
            )
        )
        await ada.event("track_muted")
        await bob.event("track_muted")


# Data


@pytest.mark.slow
@pytest.mark.rule(299, client="api")
async def test_data_comes_once_and_from_nobody(site: Site, bots: api.LiveKitAPI) -> None:
    async with called(site.url, site.token("ada"), site.token("bob")) as (ada, bob):
        twice = api.SendDataRequest(room=NAME, data=b"once", topic="t", nonce=bytes(16))
        headers = {
            "Authorization": f"Bearer {site.token('', NAME, room_admin=True)}",
            "Content-Type": "application/protobuf",
        }
        url = f"{http_url(site)}/twirp/livekit.RoomService/SendData"
        for _ in range(2):  # the SDK itself makes a new nonce for each call
            async with site.http.post(url, data=twice.SerializeToString(), headers=headers) as told:
                assert told.status == 200
        await bots.room.send_data(
            api.SendDataRequest(room=NAME, data=b"to bob", destination_identities=["bob"])
        )
        (packet,) = await ada.event("data_received")
        assert (packet.data, packet.topic, packet.participant) == (b"once", "t", None)
        received = [(await bob.event("data_received"))[0].data for _ in range(2)]
        assert received == [b"once", b"to bob"]


@pytest.mark.slow
@pytest.mark.rule(301, client="raw")
async def test_a_method_of_a_participant_is_called(site: Site) -> None:
    async with called(site.url, site.token("ada")) as (ada,):

        @ada.me.register_rpc_method("greet")
        async def greet(data: Any) -> str:
            return f"hello {data.payload}"

        status, answer = await rpc(site, "greet")
        assert (status, answer) == (200, {"payload": "hello world"})
        status, answer = await rpc(site, "unknown")
        assert (status, answer["code"]) == (409, "aborted")
        assert answer["meta"]["rpc_code"] == "1400"
    assert not site.hub.all_open() or not live_room(site).calls


@pytest.mark.rule(301, client="raw")
async def test_who_never_answers_a_call_ends_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.livekit.api._ACKNOWLEDGEMENT", 0.01)
    async with joined(site, "ada"):
        status, answer = await rpc(site, "greet")
        assert (status, answer["code"]) == (408, "deadline_exceeded")
        assert not live_room(site).calls


async def rpc(site: Site, method: str) -> tuple[int, Any]:
    """Call a method of ada's; in JSON, because this SDK has no such call."""
    asked = {"room": NAME, "destinationIdentity": "ada", "method": method, "payload": "world"}
    headers = {"Authorization": f"Bearer {site.token('', NAME, room_admin=True)}"}
    url = f"{http_url(site)}/twirp/livekit.RoomService/PerformRpc"
    async with site.http.post(url, json=asked, headers=headers) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("wrong", [{"nonce": b"short"}, {"data": bytes(60_001)}])
async def test_data_nobody_could_take_is_refused(site: Site, wrong: dict[str, bytes]) -> None:
    async with joined(site, "ada"):
        body = room.SendDataRequest(room=NAME, **wrong).SerializeToString()
        answer = await post(site, "SendData", body, site.token("", NAME, room_admin=True))
        assert answer == (400, "invalid_argument")


# Who may, and how it is said


async def post(
    site: Site,
    method: str,
    body: bytes | str | io.BytesIO = b"",
    token: str = "",
    *,
    kind: str = "application/protobuf",
    service: str = "RoomService",
) -> tuple[int, str]:
    """Status and Twirp code of a call."""
    headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
    url = f"{http_url(site)}/twirp/livekit.{service}/{method}"
    async with site.http.post(url, data=body, headers=headers) as answer:
        if answer.content_type == "application/json":
            return answer.status, (await answer.json())["code"]
        return answer.status, (await answer.text(errors="replace"))


ADMINISTRATION = [
    "UpdateRoomMetadata",
    "ListParticipants",
    "GetParticipant",
    "RemoveParticipant",
    "MutePublishedTrack",
    "UpdateParticipant",
    "UpdateSubscriptions",
    "SendData",
    "PerformRpc",
]


@pytest.mark.parametrize("method", ADMINISTRATION)
@pytest.mark.rule(51, 303, client="raw")
async def test_administration_needs_the_grant_for_that_very_room(site: Site, method: str) -> None:
    request = getattr(room, _REQUESTS[method])(room=NAME).SerializeToString()
    for grants in (
        {"room_admin": True, "room": "another"},
        {"room_admin": False, "room_create": True, "room_list": True},
    ):
        token = site.token("", **{"room": NAME, **grants})  # type: ignore[arg-type]
        assert await post(site, method, request, token) == (401, "unauthenticated")


@pytest.mark.parametrize("method", ["CreateRoom", "ListRooms", "DeleteRoom"])
@pytest.mark.rule(51, client="raw")
async def test_rooms_need_their_own_grants(site: Site, method: str) -> None:
    own = "room_list" if method == "ListRooms" else "room_create"
    other = "room_create" if method == "ListRooms" else "room_list"
    with_other = site.token("", NAME, room_admin=True, **{other: True})
    assert await post(site, method, b"", with_other) == (401, "unauthenticated")
    allowed = await post(site, method, b"", site.token("", NAME, **{own: True}))
    assert allowed[0] in (200, 404)


@pytest.mark.rule(289, client="raw")
async def test_without_a_good_token_it_is_plain_401(site: Site) -> None:
    for token in ("", "nonsense", site.token("", room_list=True)[:-3]):
        status, text = await post(site, "ListRooms", b"", token)
        assert (status, text) == (401, "invalid authorization token")


@pytest.mark.rule(286, 287, 288, client="raw")
async def test_what_cannot_be_read_is_refused_in_twirps_words(site: Site) -> None:
    token = site.token("", room_list=True)
    too_much = b"\x0a" + b"x" * (10 * 1024 * 1024)
    for expected, told in (
        ((400, "malformed"), {"body": b"\xff"}),
        ((400, "malformed"), {"body": "{", "kind": "application/json"}),
        ((400, "malformed"), {"body": "[" * 100_000, "kind": "application/json"}),
        ((400, "malformed"), {"body": io.BytesIO(too_much)}),
        ((404, "bad_route"), {"kind": "text/plain"}),
        ((404, "bad_route"), {"service": "NoService"}),
    ):
        assert await post(site, "ListRooms", token=token, **told) == expected  # type: ignore[arg-type]
    assert await post(site, "NoMethod", token=token) == (404, "bad_route")
    url = f"{http_url(site)}/twirp/livekit.RoomService/ListRooms"
    async with site.http.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (404, "bad_route")


@pytest.mark.rule(6, 7, 285, client="raw")
async def test_json_is_read_in_both_spellings_and_answered_in_json(site: Site) -> None:
    url = f"{http_url(site)}//twirp/livekit.RoomService/CreateRoom"
    headers = {"Authorization": f"Bearer {site.token('', room_create=True)}"}
    for field, unknown in (("maxParticipants", "newer"), ("max_participants", "newer_too")):
        body = {"name": "r", field: 3, unknown: 1}
        async with site.http.post(url, json=body, headers=headers) as answer:
            assert answer.content_type == "application/json"
            assert (await answer.json())["max_participants"] == 3


@pytest.mark.rule(302, 304, 305, 306, 307, client="api")
async def test_other_services_say_that_they_are_not_here(site: Site, bots: api.LiveKitAPI) -> None:
    absent = [
        bots.egress.list_egress(api.ListEgressRequest()),
        bots.egress.start_room_composite_egress(api.RoomCompositeEgressRequest(room_name=NAME)),
        bots.ingress.list_ingress(api.ListIngressRequest()),
        bots.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest()),
        bots.agent_dispatch.create_dispatch(api.CreateAgentDispatchRequest(room=NAME)),
        bots.room.move_participant(
            api.MoveParticipantRequest(room=NAME, identity="ada", destination_room="b")
        ),
    ]
    for call in absent:
        assert await refusal(call) == ("unimplemented", 501)


async def test_a_stopping_server_says_so(site: Site, bots: api.LiveKitAPI) -> None:
    await site.hub.close()
    made = bots.room.create_room(api.CreateRoomRequest(name="r"))
    assert await refusal(made) == ("unavailable", 503)


_REQUESTS = {
    "UpdateRoomMetadata": "UpdateRoomMetadataRequest",
    "ListParticipants": "ListParticipantsRequest",
    "GetParticipant": "RoomParticipantIdentity",
    "RemoveParticipant": "RoomParticipantIdentity",
    "MutePublishedTrack": "MuteRoomTrackRequest",
    "UpdateParticipant": "UpdateParticipantRequest",
    "UpdateSubscriptions": "UpdateSubscriptionsRequest",
    "SendData": "SendDataRequest",
    "PerformRpc": "PerformRpcRequest",
}
