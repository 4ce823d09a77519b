"""Clients of the generation that has two PeerConnections, message by message."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSServerHandshakeError
from livekit.protocol import models, rtc

from tests.livekit.signal import Signal, wrapped
from tests.livekit.site import Site
from tests.livekit.test_query import encoded
from tests.peer import Client
from visio.livekit import offering

pytestmark = pytest.mark.one_database


@asynccontextmanager
async def older(site: Site, identity: str, **query: str) -> AsyncIterator[Signal]:
    """Join by `/rtc`."""
    query = {"access_token": site.token(identity), "protocol": "9", "sdk": "go", **query}
    async with site.http.ws_connect(f"{site.url}/rtc", params=query) as socket:
        signal = Signal(socket)
        if query.get("reconnect") != "1":
            signal.join = (await signal.receive()).join
        yield signal


async def answered(signal: Signal, client: Client) -> rtc.SessionDescription:
    """The next offer of the server, answered; connects by the first."""
    offer: rtc.SessionDescription = await signal.expect("offer")
    answer = rtc.SessionDescription(type="answer", sdp=client.answer(offer.sdp), id=offer.id)
    await signal.send(answer=answer)
    await client.accept(offer.sdp)
    return offer


@pytest.mark.rule(11, 98, 157, client="raw")
async def test_subscriber_is_primary_and_offered_data_channels_at_once(site: Site) -> None:
    async with older(site, "ada") as ada:
        assert ada.join.subscriber_primary
        assert ada.join.fast_publish
        offer = await ada.expect("offer")
        assert (offer.type, offer.id, dict(offer.mid_to_track_id)) == ("offer", 1, {})
        assert "webrtc-datachannel" in offer.sdp


@pytest.mark.parametrize(
    "query", [{"protocol": "2"}, {"publish": "1"}, {"join_request": wrapped(rtc.JoinRequest())}]
)
@pytest.mark.rule(12, 23, 79, 128, client="raw")
async def test_nothing_is_offered_where_the_subscriber_is_not_primary(
    site: Site, query: dict[str, str]
) -> None:
    async with older(site, "ada", **query) as ada:
        assert not ada.join.subscriber_primary
        await ada.send(ping=1)
        while not (message := await ada.receive()).HasField("pong"):
            assert not message.HasField("offer")


@pytest.mark.rule(13, 21, client="raw")
async def test_what_the_query_says_of_the_client_is_shown_to_others(site: Site) -> None:
    query = {"client_protocol": "1", "attributes": encoded({"colour": "red"})}
    async with older(site, "ada", **query), older(site, "bob") as bob:
        (ada,) = bob.join.other_participants
        assert (ada.client_protocol, ada.attributes["colour"]) == (1, "red")


@pytest.mark.rule(22, client="raw")
async def test_legacy_second_session_publishes_only_under_a_name_of_its_own(site: Site) -> None:
    async with older(site, "ada"), older(site, "ada", publish="screen") as second:
        assert second.join.participant.identity == "ada#screen"
        assert not second.join.participant.permission.can_subscribe
    token = site.token("ada", can_publish=False)
    with pytest.raises(WSServerHandshakeError, match="401"):
        async with older(site, "ada", publish="screen", access_token=token):
            pass


@pytest.mark.rule(2, client="raw")
async def test_not_a_websocket_is_not_found(site: Site) -> None:
    url = f"{site.url}/rtc".replace("ws://", "http://")
    async with site.http.get(url, params={"access_token": site.token("ada")}) as answer:
        assert answer.status == 404
        assert "requested room does not exist" not in await answer.text()


@pytest.mark.rule(21, client="raw")
async def test_validate_looks_closer_at_attributes(site: Site) -> None:
    url = f"{site.url}/rtc/validate".replace("ws://", "http://")
    query = {"access_token": site.token("ada"), "attributes": "%%"}
    async with site.http.get(url, params=query) as answer:
        assert (answer.status, await answer.text()) == (400, "cannot read attributes")
    async with older(site, "ada", attributes="%%") as ada:
        assert ada.sid


@pytest.mark.rule(16, 38, 77, 160, 172, 173, 174, client="raw")
async def test_tracks_are_known_before_the_one_offer_that_carries_them(site: Site) -> None:
    client, source = await Client.open(), await Client.open()
    async with older(site, "ada") as ada, older(site, "bob") as bob:
        await answered(bob, client)
        slots = [source.publish("audio", "voice"), source.publish("video", "picture")]
        for slot, kind in zip(slots, (models.AUDIO, models.VIDEO), strict=True):
            await ada.send(add_track=rtc.AddTrackRequest(cid=slot.cid, type=kind))
        await ada.send(offer=rtc.SessionDescription(type="offer", sdp=source.offer(), id=1))
        assert (await ada.expect("answer")).id == 1
        known: set[str] = set()
        while not (message := await bob.receive()).HasField("offer"):
            known |= {t.sid for p in message.update.participants for t in p.tracks}
        assert set(message.offer.mid_to_track_id.values()) == known
        assert len(known) == 2
        for track in known:
            assert f"a=msid:{ada.sid}|{track} {track}\r\n" in message.offer.sdp
    await client.close()
    await source.close()


@pytest.mark.rule(160, client="raw")
async def test_one_offer_at_a_time(site: Site) -> None:
    source = await Client.open()
    async with older(site, "ada") as ada, older(site, "bob") as bob:
        first = await bob.expect("offer")
        slot = source.publish("audio", "voice")
        await ada.send(add_track=rtc.AddTrackRequest(cid=slot.cid, type=models.AUDIO))
        await ada.send(offer=rtc.SessionDescription(type="offer", sdp=source.offer(), id=1))
        await bob.expect("update")
        client = await Client.open()
        await bob.send(ping=1)
        while not (message := await bob.receive()).HasField("pong"):
            assert not message.HasField("offer")
        answer = rtc.SessionDescription(type="answer", sdp=client.answer(first.sdp), id=first.id)
        await bob.send(answer=answer)
        second = await bob.expect("offer")
        assert (second.id, len(second.mid_to_track_id)) == (2, 1)
        await client.close()
    await source.close()


@pytest.mark.rule(161, client="raw")
async def test_client_that_does_not_answer_joins_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offering, "_PATIENCE", 0.05)
    async with older(site, "ada") as ada:
        leave = await ada.expect("leave")
        assert (leave.reason, leave.action) == (models.STATE_MISMATCH, rtc.LeaveRequest.RECONNECT)


@pytest.mark.rule(111, 272, client="raw")
async def test_answer_that_cannot_be_read_starts_over_and_a_stale_one_is_ignored(
    site: Site,
) -> None:
    async with older(site, "ada") as ada:
        await ada.expect("offer")
        await ada.send(answer=rtc.SessionDescription(type="answer", sdp="junk", id=7))
        await ada.send(ping=1)
        await ada.expect("pong")
        await ada.send(answer=rtc.SessionDescription(type="answer", sdp="junk", id=1))
        assert (await ada.expect("leave")).action == rtc.LeaveRequest.RECONNECT


@pytest.mark.slow
@pytest.mark.rule(20, 120, 281, client="raw")
async def test_resume_offers_an_ice_restart_after_the_snapshot(site: Site) -> None:
    client = await Client.open()
    async with older(site, "ada") as ada:
        before = await answered(ada, client)
        await ada.state_of("ada", models.ParticipantInfo.ACTIVE)
        async with older(site, "ada", reconnect="1", sid=ada.sid) as again:
            assert (await again.receive()).HasField("reconnect")
            assert (await again.expect("update")).participants[0].sid == ada.sid
            client.restart_ice()
            after = await answered(again, client)
            assert (before.id, after.id) == (1, 2)
            assert before.sdp.split("a=ice-pwd:")[1][:32] != after.sdp.split("a=ice-pwd:")[1][:32]
            await again.send(sync_state=rtc.SyncState())
            await again.send(ping=1)
            await again.expect("pong")
    await client.close()


@pytest.mark.slow
@pytest.mark.rule(158, 159, 211, 216, client="raw")
async def test_data_goes_down_on_the_channels_that_the_server_opened(site: Site) -> None:
    receiving, sending = await Client.open(), await Client.open()
    async with older(site, "ada") as ada, older(site, "bob") as bob:
        await answered(bob, receiving)
        await bob.state_of("bob", models.ParticipantInfo.ACTIVE)
        sending.open_data()
        offer = rtc.SessionDescription(type="offer", sdp=sending.offer(), id=1)
        await ada.send(offer=offer)
        answer = await ada.expect("answer")
        await sending.accept(answer.sdp)
        channel = await sending.channel("_reliable")
        packet = models.DataPacket(user=models.UserPacket(payload=b"hello"), sequence=1)
        channel.send(packet.SerializeToString())
        label, data = await receiving.message()
        received = models.DataPacket.FromString(data)
        assert (label, received.user.payload) == ("_reliable", b"hello")
        assert (received.participant_sid, received.sequence) == (ada.sid, 1)
    await asyncio.gather(receiving.close(), sending.close())
