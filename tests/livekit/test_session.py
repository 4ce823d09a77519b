import asyncio
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError
from livekit.protocol import models, rtc
from livekit.protocol.models import ParticipantInfo
from livekit.protocol.rtc import LeaveRequest, RequestResponse

from tests.livekit.caller import called
from tests.livekit.signal import Signal, connected, joined
from tests.livekit.site import Site
from tests.livekit.test_captions import Line
from visio.auth import tokens
from visio.hub import steady_clock, wall_clock

JOIN_OFFER = Path(__file__).parents[1] / "fixtures/offers/chromium-156-join.sdp"

pytestmark = pytest.mark.one_database


@pytest.mark.rule(26, 74, 91, 92, 104, 107, 108, 175, client="raw")
async def test_join_response_has_what_clients_cannot_do_without(site: Site) -> None:
    async with joined(site, "ada") as ada:
        join = ada.join
    assert (join.ping_interval, join.ping_timeout) == (5, 15)
    assert join.server_info.version == join.server_version == "1.13.5"
    assert join.server_info.protocol == 17
    assert not join.subscriber_primary
    assert join.fast_publish
    assert [codec.mime for codec in join.enabled_publish_codecs] == [
        "video/VP8",
        "video/H264",
        "video/VP9",
        "video/AV1",
        "audio/opus",
    ]
    assert join.room.sid.startswith("RM_")
    assert join.participant.sid.startswith("PA_")
    assert join.participant.permission.can_publish
    assert join.participant.permission.can_subscribe


@pytest.mark.rule(96, 97, client="raw")
async def test_token_sent_after_the_join_is_good_for_the_next_one(site: Site) -> None:
    async with joined(site, "ada", attributes={"colour": "red"}) as ada:
        token = await ada.expect("refresh_token")
    claims = tokens.verify({"bots": "b" * 40}, token, now=wall_clock())
    assert (claims.identity, claims.name) == ("ada", "Ada")
    assert claims.attributes["colour"] == "red"
    async with connected(site, token) as again:
        assert await again.expect("join")


async def test_a_line_for_somebody_who_was_just_sent_away_is_nobodys(site: Site) -> None:
    """Sending it to one of those inside may send another away."""
    async with joined(site, "ada"):
        live, participant = site.hub.find("bots-only", "ada") or pytest.fail("she is not there")
        session = live.clients[participant.sid]
        live.perform(live.room.dismiss(participant.sid, models.STATE_MISMATCH, steady_clock()))
        session.show(Line())


@pytest.mark.rule(75, 76, client="raw")
async def test_pings_are_answered_both_ways(site: Site) -> None:
    async with joined(site, "ada") as ada:
        await ada.send(ping=123)
        await ada.send(ping_req=rtc.Ping(timestamp=456))
        assert abs(await ada.expect("pong") - wall_clock()) < 60_000
        assert (await ada.expect("pong_resp")).last_ping_timestamp == 456


@pytest.mark.rule(72, 117, 251, client="raw")
async def test_leaver_is_told_to_the_others_and_its_socket_closed(site: Site) -> None:
    async with joined(site, "ada") as ada, joined(site, "bob") as bob:
        await bob.send(leave=LeaveRequest())
        gone = await ada.state_of("bob", ParticipantInfo.DISCONNECTED)
        assert gone.disconnect_reason == models.CLIENT_INITIATED
        assert await bob.closed() == 1000
    assert site.hub.live("bots-only") <= 1


@pytest.mark.rule(251, client="raw")
async def test_closed_tab_before_media_disappears_at_once(site: Site) -> None:
    async with joined(site, "ada") as ada:
        async with joined(site, "bob"):
            pass
        await ada.state_of("bob", ParticipantInfo.DISCONNECTED)


@pytest.mark.rule(72, 262, 266, client="raw")
async def test_same_identity_takes_the_place_of_the_older(site: Site) -> None:
    async with joined(site, "ada") as ada, joined(site, "bob") as old, joined(site, "bob") as new:
        leave = await old.expect("leave")
        assert (leave.reason, leave.action) == (
            models.DUPLICATE_IDENTITY,
            LeaveRequest.DISCONNECT,
        )
        assert await old.closed() == 1000
        gone = await ada.state_of("bob", ParticipantInfo.DISCONNECTED)
        assert gone.sid == old.sid
        assert site.hub.live("bots-only") == 2
        assert new.join.other_participants[0].identity == "ada"


@pytest.mark.rule(68, client="raw")
async def test_frames_above_64_kilobytes_close_with_1009(site: Site) -> None:
    async with joined(site, "ada") as ada:
        await ada.send(update_metadata=rtc.UpdateParticipantMetadata(metadata="m" * 64_000))
        assert (await ada.expect("request_response")).reason == RequestResponse.OK
        await ada.send(update_metadata=rtc.UpdateParticipantMetadata(metadata="m" * 66_000))
        assert await ada.closed() == 1009


@pytest.mark.rule(68, 272, client="raw")
async def test_an_offer_may_take_a_megabyte_and_no_more(site: Site) -> None:
    async with joined(site, "ada") as ada, joined(site, "bob") as bob:
        await ada.send(offer=rtc.SessionDescription(type="offer", sdp="v" * 1_000_000))
        leave = await ada.expect("leave")  # not SDP, but read
        assert (leave.reason, leave.action) == (models.MEDIA_FAILURE, LeaveRequest.DISCONNECT)
        await bob.send(offer=rtc.SessionDescription(type="offer", sdp="v" * 1_050_000))
        assert await bob.closed() == 1009


@pytest.mark.parametrize("text", ["{", "[]", '{"ping": {}}', "[" * 1000])
async def test_text_that_is_not_a_signal_request_closes(site: Site, text: str) -> None:
    async with joined(site, "ada") as ada:
        await ada.socket.send_str(text)
        assert await ada.closed() == 1007


async def test_bytes_that_are_not_a_signal_request_close(site: Site) -> None:
    async with joined(site, "ada") as ada:
        await ada.socket.send_bytes(b"\xff")
        assert await ada.closed() == 1007


@pytest.mark.rule(112, 125, client="raw")
async def test_unknown_and_empty_requests_are_ignored(site: Site) -> None:
    async with joined(site, "ada") as ada:
        await ada.socket.send_bytes(b"")
        await ada.send(simulate=rtc.SimulateScenario())
        await ada.send(trickle=rtc.TrickleRequest(candidateInit="{}"))
        await ada.send(ping=1)
        assert await ada.expect("pong")


async def test_data_tracks_are_published_subscribed_to_and_ended(site: Site) -> None:
    async with joined(site, "ada") as ada, joined(site, "bob") as bob:
        request = rtc.PublishDataTrackRequest(pub_handle=3, name="lidar")
        await ada.send(publish_data_track_request=request)
        info = (await ada.expect("publish_data_track_response")).info
        wish = rtc.UpdateDataSubscription.Update(track_sid=info.sid, subscribe=True)
        await bob.send(update_data_subscription=rtc.UpdateDataSubscription(updates=[wish]))
        told = (await bob.expect("data_track_subscriber_handles")).sub_handles
        assert {track.track_sid for track in told.values()} == {info.sid}
        await ada.send(unpublish_data_track_request=rtc.UnpublishDataTrackRequest(pub_handle=3))
        assert (await ada.expect("unpublish_data_track_response")).info == info


@pytest.mark.rule(113, 131, 140, client="raw")
async def test_add_track_is_answered_before_media(site: Site) -> None:
    async with joined(site, "ada") as ada:
        request = rtc.AddTrackRequest(cid="c1", type=models.AUDIO, source=models.MICROPHONE)
        await ada.send(add_track=request)
        published = await ada.expect("track_published")
        assert (published.cid, published.track.sid[:5]) == ("c1", "TR_AM")


def join_offer(number: int) -> rtc.SessionDescription:
    """Chromium's first offer: three free sections of either kind, and data."""
    return rtc.SessionDescription(type="offer", sdp=JOIN_OFFER.read_text(), id=number)


async def offered(signal: Signal, number: int) -> rtc.SessionDescription:
    """Make that offer; returns the answer."""
    await signal.send(offer=join_offer(number))
    answer: rtc.SessionDescription = await signal.expect("answer")
    return answer


@pytest.mark.rule(110, 127, client="raw")
async def test_answer_repeats_the_number_of_its_offer(site: Site) -> None:
    async with joined(site, "ada") as ada:
        for number in (1, 2, 7):
            answer = await offered(ada, number)
            assert (answer.type, answer.id) == ("answer", number)
            assert answer.sdp.startswith("v=0")
            assert not answer.mid_to_track_id


@pytest.mark.rule(32, 71, client="raw")
async def test_offer_inside_the_join_is_answered_after_the_join_response(site: Site) -> None:
    request = rtc.JoinRequest(publisher_offer=join_offer(1))
    async with connected(site, site.token("ada"), request) as ada:
        assert (await ada.receive()).HasField("join")
        assert (await ada.expect("answer")).id == 1


@pytest.mark.slow
@pytest.mark.rule(167, 168, 172, 173, 174, client="raw")
async def test_new_tracks_ask_for_an_offer_and_are_known_before_its_answer(site: Site) -> None:
    request = rtc.JoinRequest(connection_settings=rtc.ConnectionSettings(auto_subscribe=True))
    async with (
        called(site.url, site.token("ada")) as (ada,),
        connected(site, site.token("bob"), request) as bob,
    ):
        await offered(bob, 1)
        publishing = asyncio.gather(ada.speak(440), ada.show((20, 130, 140)))
        known: set[str] = set()
        carried: set[str] = set()
        number = 1
        while len(carried) < 2:
            message = await bob.receive()
            known |= {t.sid for p in message.update.participants for t in p.tracks}
            if message.HasField("media_sections_requirement"):
                # Three free sections of either kind are enough.
                assert not message.media_sections_requirement.num_audios
                assert not message.media_sections_requirement.num_videos
                number += 1
                await bob.send(offer=join_offer(number))
            if message.HasField("answer"):
                carried = set(message.answer.mid_to_track_id.values())
                assert carried <= known
        await publishing
        answer = await offered(bob, number + 1)
        assert set(answer.mid_to_track_id.values()) == carried
        for track_sid in carried:
            assert f"a=msid:{ada.me.sid}|{track_sid} {track_sid}" in answer.sdp


@pytest.mark.rule(72, 262, 270, client="raw")
async def test_server_shutdown_is_told_to_everybody(site: Site) -> None:
    async with joined(site, "ada") as ada, joined(site, "bob") as bob:
        await site.hub.close()
        for signal in (ada, bob):
            leave = await signal.expect("leave")
            assert (leave.reason, leave.can_reconnect) == (models.SERVER_SHUTDOWN, True)
            assert leave.action == LeaveRequest.RECONNECT
            assert await signal.closed() == 1000


@pytest.mark.rule(63, client="raw")
async def test_nobody_is_let_in_after_the_end(site: Site) -> None:
    await site.hub.close()
    with pytest.raises(WSServerHandshakeError, match="503"):
        async with connected(site, site.token("ada")):
            pass
