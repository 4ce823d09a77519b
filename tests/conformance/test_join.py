"""Getting in, message by message: addresses, tokens, refusals, frames, the first messages."""

import asyncio
import base64
import json
import time
from typing import Any

import jwt
import pytest
from aiohttp import WSMsgType, WSServerHandshakeError
from google.protobuf.json_format import MessageToJson, Parse
from livekit.protocol import models, rtc
from livekit.protocol.models import ClientInfo, ParticipantInfo
from livekit.protocol.rtc import SignalRequest, SignalResponse

from tests.callers import House
from tests.conformance.guest import joined, present
from tests.livekit import signal
from tests.livekit.signal import Signal, connected, wrapped
from tests.livekit.site import KEYS, Site
from visio.auth import tokens
from visio.hub import wall_clock

pytestmark = pytest.mark.one_database


def rule(*numbers: int) -> pytest.MarkDecorator:
    return pytest.mark.rule(*numbers, client="raw")


def http_url(site: Site, path: str) -> str:
    return site.url.replace("ws", "http", 1) + path


def query(site: Site, token: str = "", **claims: Any) -> dict[str, str]:
    request = wrapped(rtc.JoinRequest())
    return {"access_token": token or site.token("ada", **claims), "join_request": request}


# Addresses


@rule(1)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_server_says_that_it_is_there(house: House, method: str) -> None:
    answer = await house.anonymous().ask(method, "/", Origin="https://elsewhere.example")
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@rule(5)
@pytest.mark.parametrize("path", ["/settings/regions", "/agent", "/whip/v1"])
async def test_what_is_not_here_is_not_found(house: House, path: str) -> None:
    assert (await house.anonymous().ask("GET", path)).status == 404


@rule(9, 10, 69)
@pytest.mark.parametrize("options", [{"protocols": ["livekit"]}, {"compress": 15}])
async def test_what_a_socket_offers_besides_is_no_hindrance(
    site: Site, options: dict[str, Any]
) -> None:
    url = f"{site.url}/rtc/v1"
    async with site.http.ws_connect(url, params=query(site), **options) as socket:
        assert (await Signal(socket).receive()).HasField("join")
        assert socket.protocol is None


@rule(35)
async def test_a_long_request_line_is_read(site: Site) -> None:
    request = rtc.JoinRequest(metadata="m" * 40_000)
    async with connected(site, site.token("ada"), request) as ada:
        assert (await ada.receive()).join.participant.metadata == "m" * 40_000


@rule(14, 28, 219)
@pytest.mark.parametrize("older", [False, True])
async def test_what_a_client_can_is_shown_to_others(site: Site, older: bool) -> None:
    able = [ClientInfo.CAP_PACKET_TRAILER, ClientInfo.CAP_COMPRESSION_DEFLATE_RAW]
    asked = rtc.JoinRequest(client_info=ClientInfo(client_protocol=2, capabilities=able))
    params = {"access_token": site.token("ada"), "join_request": wrapped(asked)}
    if older:
        params = {
            "access_token": site.token("ada"),
            "client_protocol": "2",
            "capabilities": f"packet_trailer,nonsense,{able[1]}",
        }
    path = "/rtc" if older else "/rtc/v1"
    async with (
        site.http.ws_connect(f"{site.url}{path}", params=params),
        joined(site, "bob") as bob,
    ):
        (shown,) = bob.signal.join.other_participants
        assert (shown.client_protocol, list(shown.capabilities)) == (2, able)


@rule(31, 113, 126, 131)
async def test_tracks_of_the_join_request_are_answered_before_its_offer(site: Site) -> None:
    offer = rtc.SessionDescription(type="offer", sdp=signal_offer(), id=1)
    track = rtc.AddTrackRequest(cid="c1", type=models.AUDIO, source=models.MICROPHONE)
    request = rtc.JoinRequest(publisher_offer=offer, add_track_requests=[track])
    async with joined(site, "ada", request=request) as ada:
        names = []
        while "answer" not in names:
            names.append((await ada.signal.receive()).WhichOneof("message"))
    assert names.index("track_published") < names.index("answer")


@rule(16)
@pytest.mark.parametrize(("said", "wanted"), [({}, True), ({"auto_subscribe": "0"}, False)])
async def test_clients_of_the_older_generation_are_subscribed_unless_they_say_no(
    site: Site, said: dict[str, str], wanted: bool
) -> None:
    params = {"access_token": site.token("bob"), "protocol": "9", **said}
    async with (
        present(site, "ada") as ada,
        site.http.ws_connect(f"{site.url}/rtc", params=params) as socket,
    ):
        await ada.publish("audio", "voice", source=models.MICROPHONE)
        bob = Signal(socket)
        while not any(one.tracks for one in (await bob.expect("update")).participants):
            pass
        (track,) = site.hub.find("bots-only", "ada")[1].tracks.values()  # type: ignore[index]
        assert bool(track.subscribers) == wanted


@rule(84)
async def test_the_first_offer_carries_what_is_there(site: Site) -> None:
    async with present(site, "ada") as ada:
        track = await ada.publish("audio", "voice", source=models.MICROPHONE)
        params = {"access_token": site.token("bob"), "protocol": "9"}
        async with site.http.ws_connect(f"{site.url}/rtc", params=params) as socket:
            offer = await Signal(socket).expect("offer")
            assert list(offer.mid_to_track_id.values()) == [track.sid]


@rule(30, 320)
async def test_attributes_of_the_join_request_are_there_from_the_first(site: Site) -> None:
    request = rtc.JoinRequest(participant_attributes={"seat": "2", "hand": "up"})
    async with (
        joined(site, "ada") as ada,
        joined(site, "bob", request=request, attributes={"seat": "1"}) as bob,
    ):
        told = await ada.signal.state_of("bob", ParticipantInfo.JOINED)
        for shown in (bob.signal.join.participant, told):
            assert (shown.attributes["seat"], shown.attributes["hand"]) == ("2", "up")


# Who it is


def forged(key: str = KEYS["bots"], algorithm: str = "HS256", **claims: Any) -> str:
    """A token by the book, or not; times are seconds from now."""
    video = {"room": "bots-only", "roomJoin": True}
    payload = {"iss": "bots", "sub": "ada", "exp": 60, "video": video, **claims}
    payload = {name: value for name, value in payload.items() if value is not None}
    payload |= {
        name: payload[name] + int(time.time()) for name in ("exp", "nbf") if name in payload
    }
    return jwt.encode(payload, key if algorithm != "none" else "", algorithm=algorithm)


@rule(40, 41, 42, 44, 45, 50, 59)
@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, 200),
        ({"key": "x" * 40}, 401),
        ({"algorithm": "none"}, 401),
        ({"algorithm": "HS512", "key": "b" * 64}, 401),
        ({"iss": "nobody"}, 401),
        ({"exp": None}, 401),
        ({"exp": -30}, 200),
        ({"exp": -120}, 401),
        ({"nbf": 30}, 200),
        ({"nbf": 300}, 401),
        ({"video": None}, 401),
        ({"video": {"room": "bots-only"}}, 401),
        ({"video": {"roomJoin": True}}, 400),
    ],
)
async def test_a_token_is_good_or_not(site: Site, claims: dict[str, Any], status: int) -> None:
    """In the header, of which `validate` takes it too."""
    url = http_url(site, "/rtc/validate")
    headers = {"Authorization": f"Bearer {forged(**claims)}"}
    async with site.http.get(url, headers=headers) as answer:
        assert answer.status == status


@rule(43)
async def test_jti_stands_in_for_an_empty_subject(site: Site) -> None:
    async with connected(site, forged(sub="", jti="ada")) as ada:
        assert (await ada.receive()).join.participant.identity == "ada"


@rule(46, 101)
async def test_the_participant_is_what_the_token_says(site: Site) -> None:
    claims: dict[str, Any] = {"metadata": "m", "attributes": {"seat": "1"}}
    async with joined(site, "ada", **claims) as ada:
        me = ada.signal.join.participant
        assert (me.name, me.metadata, me.attributes["seat"]) == ("Ada", "m", "1")
        assert me.state == ParticipantInfo.JOINED
        assert me.version > 0
        assert abs(me.joined_at_ms - wall_clock()) < 60_000
        assert me.joined_at == me.joined_at_ms // 1000


@rule(47, 101)
@pytest.mark.parametrize(
    "kind", ["standard", "ingress", "egress", "sip", "agent", "connector", "bridge"]
)
async def test_every_kind_of_participant(site: Site, kind: str) -> None:
    async with joined(site, "ada", kind=kind) as ada:
        shown = ada.signal.join.participant.kind
        assert ParticipantInfo.Kind.Name(shown) == kind.upper()


@rule(48)
async def test_details_of_the_kind(site: Site) -> None:
    async with connected(site, forged(kindDetails=["forwarded", "nonsense"])) as ada:
        shown = (await ada.receive()).join.participant.kind_details
        assert list(shown) == [ParticipantInfo.FORWARDED]


PERMISSIONS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {},
        {
            "can_publish": True,
            "can_subscribe": True,
            "can_publish_data": True,
            "can_publish_sources": [],
            "hidden": False,
            "recorder": False,
            "can_update_metadata": False,
            "agent": False,
            "can_subscribe_metrics": False,
            "can_manage_agent_session": False,
        },
    ),
    ({"canPublish": False}, {"can_publish": False, "can_publish_data": False}),
    ({"canPublish": False, "canPublishData": True}, {"can_publish_data": True}),
    ({"canSubscribe": False}, {"can_subscribe": False, "can_publish": True}),
    ({"canPublishSources": ["Camera"]}, {"can_publish_sources": [models.CAMERA]}),
    ({"canUpdateOwnMetadata": True}, {"can_update_metadata": True}),
    ({"hidden": True, "recorder": True}, {"hidden": True, "recorder": True}),
    (
        {"agent": True, "canSubscribeMetrics": True, "canManageAgentSession": True},
        {"agent": True, "can_subscribe_metrics": True, "can_manage_agent_session": True},
    ),
]


@rule(52, 53, 54, 55, 56, 57, 58)
@pytest.mark.parametrize(("video", "expected"), PERMISSIONS)
async def test_permissions_are_whole(
    site: Site, video: dict[str, Any], expected: dict[str, Any]
) -> None:
    token = forged(video={"room": "bots-only", "roomJoin": True, **video})
    async with connected(site, token) as ada:
        permission = (await ada.receive()).join.participant.permission
        shown = {name: getattr(permission, name) for name in expected}
        shown = {n: list(v) if n == "can_publish_sources" else v for n, v in shown.items()}
        assert shown == expected


# Refusals


@rule(64)
async def test_a_failure_of_ours_is_readable_for_browsers(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(site.hub, "join", fail)
    monkeypatch.setattr(site.hub, "admits", lambda *_, **__: 1 / 0)
    with pytest.raises(WSServerHandshakeError, match="500"):
        await site.http.ws_connect(f"{site.url}/rtc/v1", params=query(site))
    async with site.http.get(http_url(site, "/rtc/v1/validate"), params=query(site)) as answer:
        assert (answer.status, answer.content_type) == (500, "text/plain")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


# Frames


@rule(67)
async def test_who_speaks_json_is_answered_in_json(site: Site) -> None:
    async with joined(site, "ada") as ada:
        socket = ada.signal.socket
        await socket.send_str(MessageToJson(SignalRequest(ping=5)))
        while (frame := await socket.receive()).type != WSMsgType.TEXT:
            pass
        assert Parse(frame.data, SignalResponse()).HasField("pong")
        await ada.signal.send(ping=6)
        while (frame := await socket.receive()).type != WSMsgType.BINARY:
            assert "pong" in json.loads(frame.data)
        assert SignalResponse.FromString(frame.data).HasField("pong")


@rule(66)
async def test_a_binary_frame_is_a_message(site: Site) -> None:
    async with joined(site, "ada") as ada:
        await ada.signal.send(ping=1)
        assert await ada.signal.expect("pong")


@rule(70)
async def test_who_answers_no_ping_is_cut(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visio.livekit.routes._HEARTBEAT", 0.1)
    url = f"{site.url}/rtc/v1"
    async with site.http.ws_connect(url, params=query(site), autoping=False) as socket:
        async with asyncio.timeout(signal.PATIENCE):
            while (frame := await socket.receive()).type != WSMsgType.PING:
                assert frame.type == WSMsgType.BINARY
            while not socket.closed and frame.type not in (WSMsgType.CLOSED, WSMsgType.CLOSING):
                frame = await socket.receive()
        assert frame.type in (WSMsgType.CLOSED, WSMsgType.CLOSING)


# The first messages


@rule(86, 90)
@pytest.mark.parametrize("protocol", [9, 17, 18, 40])
async def test_newer_protocols_are_served_like_ours(site: Site, protocol: int) -> None:
    async with joined(site, "ada", protocol=protocol) as ada:
        await ada.signal.send(update_metadata=rtc.UpdateParticipantMetadata(metadata="x" * 600_000))
        assert await ada.signal.closed() == 1009
    async with joined(site, "bob", protocol=protocol) as bob:
        asked = rtc.UpdateParticipantMetadata(request_id=4, name="n" * 300)
        await bob.signal.send(update_metadata=asked)
        answer = await bob.signal.expect("request_response")
        assert (answer.request_id, answer.reason) == (4, rtc.RequestResponse.LIMIT_EXCEEDED)


@rule(89)
async def test_only_newer_clients_are_told_that_all_went_well(site: Site) -> None:
    for protocol, told in ((14, False), (15, True)):
        async with joined(site, "ada", protocol=protocol) as ada:
            asked = rtc.UpdateParticipantMetadata(request_id=4, name="Countess")
            await ada.signal.send(update_metadata=asked)
            await ada.signal.send(ping=1)
            names = set()
            while "pong" not in names:
                names.add((await ada.signal.receive()).WhichOneof("message"))
            assert ("request_response" in names) == told
            assert "update" in names


@rule(87, 100, 102, 103, 105, 106, 107, 108, 93)
async def test_the_join_response_is_whole(site: Site) -> None:
    async with present(site, "ada") as ada:
        track = await ada.publish("audio", "voice", source=models.MICROPHONE)
        async with joined(site, "bob") as bob, joined(site, "eve", can_publish=False) as eve:
            join = bob.signal.join
            assert join.room.sid.startswith("RM_")
            assert (join.room.name, join.room.empty_timeout) == ("bots-only", 300)
            assert join.room.departure_timeout == 20
            assert abs(join.room.creation_time_ms - wall_clock()) < 60_000
            assert {c.mime for c in join.room.enabled_codecs} >= {"video/VP8", "audio/opus"}
            (shown,) = join.other_participants
            assert (shown.identity, [t.sid for t in shown.tracks]) == ("ada", [track.sid])
            assert "bob" not in [other.identity for other in join.other_participants]
            assert not join.alternative_url
            assert join.client_configuration.resume_connection != models.DISABLED
            assert join.server_info.edition == models.ServerInfo.Standard
            assert len(join.sif_trailer) >= 16
            assert join.sif_trailer == ada.signal.join.sif_trailer == eve.signal.join.sif_trailer
            mimes = {codec.mime.lower() for codec in join.enabled_publish_codecs}
            assert not any("rtx" in mime for mime in mimes)
            assert join.fast_publish
            assert not eve.signal.join.fast_publish


@rule(106)
async def test_every_room_has_a_trailer_of_its_own(site: Site) -> None:
    async with joined(site, "ada") as ada, joined(site, "bob", room="other") as bob:
        assert ada.signal.join.sif_trailer != bob.signal.join.sif_trailer


@rule(94, 256)
async def test_others_see_somebody_come_and_connect(site: Site) -> None:
    async with joined(site, "ada") as ada, joined(site, "bob") as bob:
        await ada.signal.state_of("bob", ParticipantInfo.JOINED)
        bob.client.open_data()
        await bob.negotiate()
        await ada.signal.state_of("bob", ParticipantInfo.ACTIVE)
        await bob.active()


@rule(95, 88)
async def test_who_never_connects_is_sent_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visio.room._JOIN_LIMIT", 0.1)
    async with joined(site, "ada") as ada:
        leave = await ada.signal.expect("leave")
        assert leave.reason == models.JOIN_FAILURE
        assert (leave.action, leave.can_reconnect) == (rtc.LeaveRequest.DISCONNECT, False)


@rule(97)
async def test_tokens_come_again_and_live_as_long_as_the_client_s(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.room._TOKEN_REFRESH", 0.1)
    expires = int(time.time()) + 6 * 3600
    async with connected(site, forged(exp=6 * 3600)) as ada:
        for _ in range(2):
            token = await ada.expect("refresh_token")
            claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
            assert abs(claims["exp"] - expires) <= 2
            assert tokens.verify(KEYS, token, now=wall_clock()).identity == "ada"


@rule(99, 129)
async def test_no_candidate_is_missing_from_the_answer(site: Site) -> None:
    async with joined(site, "ada") as ada:
        ada.client.open_data()
        await ada.signal.send(
            trickle=rtc.TrickleRequest(candidateInit='{"candidate":"","sdpMid":"0"}', final=True)
        )
        answer = await ada.negotiate()
        assert "a=end-of-candidates" in answer.sdp
        await ada.active()


def signal_offer() -> str:
    from tests.livekit.test_session import JOIN_OFFER

    return JOIN_OFFER.read_text()
