"""What clients ask and what the server says of tracks, message by message, with real media."""

from typing import Any

import pytest
from livekit.protocol import metrics, models, rtc
from livekit.protocol.models import ParticipantInfo
from livekit.protocol.rtc import RequestResponse

from tests.conformance.guest import Guest, joined, present
from tests.livekit.site import Site
from tests.livekit.test_session import JOIN_OFFER
from tests.peer import OPUS, VP8, Remote

pytestmark = [pytest.mark.one_database, pytest.mark.slow]

ROOM = "bots-only"


def rule(*numbers: int) -> pytest.MarkDecorator:
    return pytest.mark.rule(*numbers, client="raw")


async def update_of(guest: Guest, identity: str) -> ParticipantInfo:
    """The next news of somebody."""
    while True:
        for one in (await guest.signal.expect("update")).participants:
            if one.identity == identity:
                return one  # type: ignore[no-any-return]


async def names_until_pong(guest: Guest) -> list[str]:
    """The messages that were on their way."""
    await guest.signal.send(ping=1)
    names: list[str] = []
    while not names or names[-1] != "pong":
        names.append((await guest.signal.receive()).WhichOneof("message") or "")
    return names


# Asking


@rule(114, 130, 148)
async def test_mute_is_told_to_all_with_a_newer_version(site: Site) -> None:
    async with present(site, "ada") as ada, joined(site, "bob") as bob:
        track = await ada.publish("audio", "voice", source=models.MICROPHONE)
        told = await update_of(bob, "ada")
        while not told.tracks:
            told = await update_of(bob, "ada")
        await ada.signal.send(mute=rtc.MuteTrackRequest(sid=track.sid, muted=True))
        for guest in (ada, bob):
            after = await update_of(guest, "ada")
            while not (after.tracks and after.tracks[0].muted):
                after = await update_of(guest, "ada")
            assert after.version > told.version
            assert after.tracks[0].version.ticks > told.tracks[0].version.ticks
        asked = rtc.MuteTrackRequest(sid="TR_nobody", muted=True)
        await ada.signal.send(mute=asked)
        answer = await ada.signal.expect("request_response")
        assert (answer.reason, answer.mute) == (RequestResponse.NOT_FOUND, asked)
        # Silent for ever: its place is kept, and sound goes on when it is unmuted.
        await ada.signal.send(mute=rtc.MuteTrackRequest(sid=track.sid, muted=False))
        after = await update_of(bob, "ada")
        assert [one.sid for one in after.tracks] == [track.sid]


@rule(115)
@pytest.mark.parametrize("by_participant", [False, True])
async def test_subscriptions_are_repeated_at_will(site: Site, by_participant: bool) -> None:
    off = rtc.ConnectionSettings()
    async with present(site, "ada") as ada, present(site, "bob", settings=off) as bob:
        track = await ada.publish("audio", "voice", source=models.MICROPHONE)
        asked = rtc.UpdateSubscription(subscribe=True)
        if by_participant:
            asked.participant_tracks.add(participant_sid=ada.sid, track_sids=[track.sid])
        else:
            asked.track_sids.append(track.sid)
        for _ in range(2):
            await bob.signal.send(subscription=asked)
        answer = await bob.sections()
        while not answer.mid_to_track_id:
            answer = await bob.negotiate()
        assert list(answer.mid_to_track_id.values()) == [track.sid]


@rule(115)
async def test_a_track_that_never_comes_is_answered(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.room._MISSING_LIMIT", 0.1)
    async with joined(site, "ada") as ada:
        asked = rtc.UpdateSubscription(track_sids=["TR_nobody"], subscribe=True)
        await ada.signal.send(subscription=asked)
        answer = await ada.signal.expect("subscription_response")
        assert (answer.track_sid, answer.err) == ("TR_nobody", models.SE_TRACK_NOTFOUND)


@rule(118, 119, 124, 125, 137)
async def test_what_changes_nothing_is_taken_in_silence(site: Site) -> None:
    async with joined(site, "ada") as ada:
        await names_until_pong(ada)
        await ada.signal.send(update_layers=rtc.UpdateVideoLayers(track_sid="TR_x"))
        everybody = rtc.SubscriptionPermission(all_participants=True)
        await ada.signal.send(subscription_permission=everybody)
        await ada.signal.socket.send_bytes(b"")
        assert await names_until_pong(ada) == ["pong"]
        await ada.signal.send(store_data_blob_request=rtc.StoreDataBlobRequest(request_id=5))
        await ada.signal.send(get_data_blob_request=rtc.GetDataBlobRequest(request_id=6))
        for number in (5, 6):
            answer = await ada.signal.expect("request_response")
            assert (answer.request_id, answer.reason) == (number, RequestResponse.NOT_ALLOWED)


@rule(121, 249)
async def test_metadata_change_for_all_or_are_refused(site: Site) -> None:
    async with joined(site, "ada", attributes={"seat": "1"}) as ada, joined(site, "bob") as bob:
        asked = rtc.UpdateParticipantMetadata(
            request_id=7, metadata="m", attributes={"seat": "", "hand": "up"}
        )
        await ada.signal.send(update_metadata=asked)
        answer = await ada.signal.expect("request_response")
        assert (answer.request_id, answer.reason) == (7, RequestResponse.OK)
        assert answer.update_metadata == asked
        for guest in (ada, bob):
            told = await update_of(guest, "ada")
            while not told.metadata:
                told = await update_of(guest, "ada")
            assert (told.name, told.metadata, told.attributes["hand"]) == ("Ada", "m", "up")
            assert "seat" not in told.attributes
        too_much = rtc.UpdateParticipantMetadata(request_id=8, name="n" * 257)
        await ada.signal.send(update_metadata=too_much)
        answer = await ada.signal.expect("request_response")
        assert answer.reason == RequestResponse.LIMIT_EXCEEDED
    async with joined(site, "eve", can_update_own_metadata=False) as eve:
        await eve.signal.send(update_metadata=asked)
        answer = await eve.signal.expect("request_response")
        assert answer.reason == RequestResponse.NOT_ALLOWED


@rule(122, 123)
async def test_features_and_size_change_for_all(site: Site) -> None:
    async with present(site, "ada") as ada, joined(site, "bob") as bob:
        voice = await ada.publish("audio", "voice", source=models.MICROPHONE)
        camera = await ada.publish("video", "camera", source=models.CAMERA, width=640, height=360)
        change = rtc.UpdateLocalVideoTrack(track_sid=camera.sid, width=320, height=180)
        await ada.signal.send(update_video_track=change)
        features = rtc.UpdateLocalAudioTrack(track_sid=voice.sid, features=[models.TF_STEREO])
        await ada.signal.send(update_audio_track=features)
        told = await update_of(bob, "ada")
        while not (told.tracks and told.tracks[0].audio_features):
            told = await update_of(bob, "ada")
        tracks = {track.sid: track for track in told.tracks}
        assert list(tracks[voice.sid].audio_features) == [models.TF_STEREO]
        assert (tracks[camera.sid].width, tracks[camera.sid].height) == (320, 180)
        features.track_sid = "TR_nobody"
        await ada.signal.send(update_audio_track=features)
        answer = await ada.signal.expect("request_response")
        assert (answer.reason, answer.update_audio_track) == (RequestResponse.NOT_FOUND, features)


# Publishing

REFUSED: list[tuple[dict[str, Any], rtc.AddTrackRequest, RequestResponse.Reason]] = [
    ({"can_publish": False}, rtc.AddTrackRequest(cid="c"), RequestResponse.NOT_ALLOWED),
    (
        {"can_publish_sources": ("camera",)},
        rtc.AddTrackRequest(cid="c", source=models.MICROPHONE),
        RequestResponse.NOT_ALLOWED,
    ),
    ({}, rtc.AddTrackRequest(cid="c", type=models.DATA), RequestResponse.UNSUPPORTED_TYPE),
    ({}, rtc.AddTrackRequest(cid="c", sid="TR_nobody"), RequestResponse.NOT_FOUND),
]


@rule(135, 138, 139)
@pytest.mark.parametrize(("claims", "request_", "reason"), REFUSED)
async def test_a_track_is_refused_with_its_reason(
    site: Site, claims: dict[str, Any], request_: rtc.AddTrackRequest, reason: int
) -> None:
    async with joined(site, "ada", **claims) as ada:
        await ada.signal.send(add_track=request_)
        answer = await ada.signal.expect("request_response")
        assert (answer.reason, answer.add_track, answer.request_id) == (reason, request_, 0)


@rule(139)
async def test_twenty_tracks_may_wait_and_each_once(site: Site) -> None:
    async with joined(site, "ada") as ada:
        for number in range(20):
            await ada.announce("audio", f"c{number}")
        for cid, reason in (
            ("one more", RequestResponse.LIMIT_EXCEEDED),
            ("c3", RequestResponse.LIMIT_EXCEEDED),
        ):
            await ada.signal.send(add_track=rtc.AddTrackRequest(cid=cid))
            assert (await ada.signal.expect("request_response")).reason == reason
    async with joined(site, "bob") as bob:
        await bob.announce("audio", "c")
        await bob.signal.send(add_track=rtc.AddTrackRequest(cid="c"))
        assert (await bob.signal.expect("request_response")).reason == RequestResponse.QUEUED


@rule(140, 142)
@pytest.mark.parametrize(
    ("kind", "source", "prefix", "stream"),
    [
        ("audio", models.MICROPHONE, "TR_AM", "camera"),
        ("audio", models.SCREEN_SHARE_AUDIO, "TR_As", "screenshare"),
        ("audio", models.UNKNOWN, "TR_AU", "camera"),
        ("video", models.CAMERA, "TR_VC", "camera"),
        ("video", models.SCREEN_SHARE, "TR_VS", "screenshare"),
    ],
)
async def test_a_track_is_named_after_its_source(
    site: Site, kind: str, source: models.TrackSource, prefix: str, stream: str
) -> None:
    async with joined(site, "ada") as ada:
        track = await ada.announce(kind, "c", source=source)
        assert (track.sid[:5], track.stream) == (prefix, stream)
        assert (await ada.announce(kind, "d", source=source, stream="own")).stream == "own"


@rule(130, 141, 143, 146, 253, 255)
async def test_others_are_shown_all_of_a_track_once_it_is_there(site: Site) -> None:
    layers = [
        models.VideoLayer(quality=models.LOW, width=160, height=90, bitrate=100, rid="q"),
        models.VideoLayer(quality=models.HIGH, width=640, height=360, bitrate=900, rid="h"),
    ]
    said = {
        "name": "front",
        "source": models.CAMERA,
        "width": 640,
        "height": 360,
        "layers": layers,
        "encryption": models.Encryption.GCM,
        "packet_trailer_features": [models.PTF_USER_TIMESTAMP],
        "backup_codec_policy": models.SIMULCAST,
    }
    codec = rtc.SimulcastCodec(codec="vp8", cid="camera")
    async with present(site, "ada") as ada, joined(site, "bob") as bob:
        await ada.announce("video", "camera", simulcast_codecs=[codec], **said)
        await bob.signal.send(ping=1)
        while not (message := await bob.signal.receive()).HasField("pong"):
            assert not any(one.tracks for one in message.update.participants)
        slot = ada.client.publish("video", "camera", ("q", "h"))
        await ada.negotiate()
        told = await update_of(bob, "ada")
        assert told.is_publisher
        (track,) = told.tracks
        for name, value in said.items():
            shown = getattr(track, name)
            assert (list(shown) if isinstance(value, list) else shown) == value
        assert (track.mid, track.mime_type.lower(), track.type) == (
            slot.mid,
            "video/vp8",
            models.VIDEO,
        )
        assert track.simulcast
        assert track.codecs[0].cid == "camera"
        assert list(track.codecs[0].layers) == layers


@rule(145, 146)
async def test_an_offer_may_overtake_its_add_track(site: Site) -> None:
    async with present(site, "ada") as ada, joined(site, "bob") as bob:
        ada.client.publish("audio", "voice")
        await ada.negotiate()
        track = await ada.announce("audio", "voice", source=models.MICROPHONE)
        told = await update_of(bob, "ada")
        while not told.tracks:
            told = await update_of(bob, "ada")
        assert [one.sid for one in told.tracks] == [track.sid]


@rule(144)
async def test_firefox_calls_its_sections_otherwise(site: Site) -> None:
    firefox = models.ClientInfo(browser="firefox")
    async with present(site, "ada", client_info=firefox) as ada, joined(site, "bob") as bob:
        track = await ada.announce("video", "camera", source=models.CAMERA)
        ada.client.publish("video", "{c0ffee}")
        await ada.negotiate()
        told = await update_of(bob, "ada")
        while not told.tracks:
            told = await update_of(bob, "ada")
        assert [one.sid for one in told.tracks] == [track.sid]


@rule(130, 147)
async def test_a_section_that_is_sent_no_more_ends_its_track(site: Site) -> None:
    async with present(site, "ada") as ada, joined(site, "bob") as bob:
        await ada.publish("audio", "voice", source=models.MICROPHONE)
        slot = ada.client.slots[-1]
        while not (await update_of(bob, "ada")).tracks:
            pass
        slot.direction = "inactive"
        await ada.negotiate()
        assert not (await update_of(bob, "ada")).tracks
        slot.direction, slot.cid = "sendonly", "again"
        track = await ada.announce("audio", "again", source=models.MICROPHONE)
        await ada.negotiate()
        told = await update_of(bob, "ada")
        assert [one.sid for one in told.tracks] == [track.sid]


@rule(136)
async def test_the_first_listener_is_told_to_the_publisher(site: Site) -> None:
    async with present(site, "ada") as ada:
        track = await ada.publish("audio", "voice", source=models.MICROPHONE)
        async with present(site, "bob"):
            assert (await ada.signal.expect("track_subscribed")).track_sid == track.sid


@rule(133)
async def test_counts_are_told_within_seconds(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visio.room._COUNTS_DELAY", 0.1)
    async with joined(site, "ada") as ada, joined(site, "bob"):
        while (await ada.signal.expect("room_update")).room.num_participants != 2:
            pass


# Sections


@rule(168, 169, 170, 173, 174, 186)
async def test_sections_come_go_and_come_again(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        first = await ada.publish("audio", "one", source=models.MICROPHONE)
        answer = await bob.sections()
        (lines,) = bob.sent_in(answer).values()
        assert "a=sendonly" in lines
        assert f"a=msid:{ada.sid}|{first.sid} {first.sid}" in lines
        count = len(Remote.parse(answer.sdp).mids)
        ada.client.slots[-1].direction = "inactive"
        await ada.negotiate()
        answer = await bob.sections()
        assert not answer.mid_to_track_id
        assert Remote.parse(answer.sdp).direction(bob.client.slots[-1].mid) == "inactive"
        second = await ada.publish("audio", "two", source=models.MICROPHONE)
        answer = await bob.sections()
        assert list(answer.mid_to_track_id.values()) == [second.sid]
        assert len(Remote.parse(answer.sdp).mids) == count


@rule(169)
async def test_one_request_for_an_offer_at_a_time(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        await ada.publish("audio", "one", source=models.MICROPHONE)
        needed = await bob.signal.expect("media_sections_requirement")
        await ada.publish("audio", "two", source=models.MICROPHONE)
        assert "media_sections_requirement" not in await names_until_pong(bob)
        bob.client.receive(needed.num_audios)
        await bob.negotiate()
        answer = await bob.sections()
        assert len(answer.mid_to_track_id) == 2


@rule(134, 162)
async def test_what_a_client_cannot_decode_is_told(site: Site) -> None:
    """Bob's only video section knows H.264 alone."""
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        track = await ada.publish("video", "camera", source=models.CAMERA)
        bob.client.receive(videos=1)
        sdp = bob.client.offer()
        head, video = sdp.rsplit("m=video", 1)
        kept = [
            line
            for line in video.split("\r\n")
            if not any(f":{number} " in line for number in (VP8, 97, 98))
        ]
        kept[0] = " 9 UDP/TLS/RTP/SAVPF 102"
        offer = rtc.SessionDescription(type="offer", sdp=head + "m=video" + "\r\n".join(kept), id=9)
        await bob.signal.send(offer=offer)
        answer = await bob.signal.expect("subscription_response")
        assert (answer.track_sid, answer.err) == (track.sid, models.SE_CODEC_UNSUPPORTED)


@rule(165, 166, 26)
async def test_an_offer_after_the_join_connects(site: Site) -> None:
    async with joined(site, "ada") as ada, present(site, "bob") as bob:
        ada.client.open_data()
        await ada.negotiate()
        await ada.active()
        channel = await ada.client.channel("_reliable")
        await bob.client.channel("_lossy")
        await bob.client.channel("_reliable")
        packet = models.DataPacket(user=models.UserPacket(payload=b"hello"))
        channel.send(packet.SerializeToString())
        label, _ = await bob.client.message()
        assert label == "_reliable"


# The SDP, for the offer of a real browser

URIS = {
    "mid": ("urn:ietf:params:rtp-hdrext:sdes:mid", ("audio", "video"), 187),
    "rid": ("urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", ("video",), 188),
    "repaired rid": ("urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", ("video",), 188),
    "level": ("urn:ietf:params:rtp-hdrext:ssrc-audio-level", ("audio",), 189),
    "transport-cc": (
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
        ("audio", "video"),
        190,
    ),
    "send time": ("http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", ("video",), 191),
    "dependency": (
        "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
        ("video",),
        192,
    ),
    "capture time": (
        "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
        ("audio", "video"),
        193,
    ),
}


@pytest.mark.parametrize(
    ("uri", "kinds"),
    [pytest.param(uri, kinds, marks=rule(number)) for uri, kinds, number in URIS.values()],
    ids=list(URIS),
)
async def test_an_extension_is_accepted_where_it_is_offered(
    site: Site, uri: str, kinds: tuple[str, ...]
) -> None:
    """In Chromium's first offer, whose sections are all unused; the last is added to it."""
    sdp = JOIN_OFFER.read_bytes().decode()
    if uri not in sdp:
        sdp = sdp.replace("a=rtcp-mux\r\n", f"a=extmap:13 {uri}\r\na=rtcp-mux\r\n")
    async with joined(site, "ada") as ada:
        await ada.signal.send(offer=rtc.SessionDescription(type="offer", sdp=sdp, id=1))
        answer = await ada.signal.expect("answer")
    for body in answer.sdp.split("\r\nm=")[1:]:
        if body.startswith(kinds):
            assert f" {uri}\r\n" in body


@rule(195, 197)
async def test_feedback_both_ways(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        await ada.announce("video", "camera", source=models.CAMERA)
        ada.client.publish("video", "camera")
        received = (await ada.negotiate()).sdp
        sent = (await bob.sections()).sdp
        for sdp in (received, sent):
            for kind in ("nack", "nack pli", "ccm fir", "transport-cc"):
                assert f"a=rtcp-fb:{VP8} {kind}\r\n" in sdp


@rule(199)
@pytest.mark.parametrize(
    ("request_", "first"),
    [
        ({}, "63"),
        ({"disable_red": True}, str(OPUS)),
        ({"encryption": models.Encryption.GCM}, str(OPUS)),
    ],
)
async def test_redundancy_is_put_first_where_it_may(
    site: Site, request_: dict[str, Any], first: str
) -> None:
    async with joined(site, "ada") as ada:
        ada.client.redundancy = True
        await ada.announce("audio", "voice", source=models.MICROPHONE, **request_)
        ada.client.publish("audio", "voice")
        answer = await ada.negotiate()
        (line,) = [one for one in answer.sdp.split("\r\n") if one.startswith("m=audio")]
        assert line.split()[3] == first


@rule(185)
async def test_pictures_go_out_with_their_retransmission(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        await ada.publish("video", "camera", source=models.CAMERA)
        (lines,) = bob.sent_in(await bob.sections()).values()
        assert any(line.startswith("a=ssrc-group:FID ") for line in lines)


@rule(204)
async def test_everybody_shares_one_port(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        addresses = {guest.client.remote.address for guest in (ada, bob)}  # type: ignore[union-attr]
        assert len(addresses) == 1


# Data


@rule(210, 212, 214, 215, 216)
async def test_data_go_where_they_may(site: Site) -> None:
    async with (
        present(site, "ada") as ada,
        present(site, "bob") as bob,
        present(site, "eve") as eve,
        present(site, "mute", can_publish_data=False) as mute,
        present(site, "ghost", hidden=True) as ghost,
    ):
        everybody = (ada, bob, eve, mute, ghost)
        channels = {}
        for guest in everybody:
            for label in ("_reliable", "_lossy"):
                channels[guest.sid, label] = await guest.client.channel(label)

        def say(guest: Guest, text: bytes, label: str = "_reliable", **more: Any) -> None:
            packet = models.DataPacket(user=models.UserPacket(payload=text), **more)
            channels[guest.sid, label].send(packet.SerializeToString())

        async def heard(guest: Guest) -> tuple[str, models.DataPacket]:
            label, data = await guest.client.message()
            return label, models.DataPacket.FromString(data)

        say(mute, b"never")
        say(ada, b"to eve", destination_identities=["eve"], sequence=3)
        label, packet = await heard(eve)
        assert (label, packet.user.payload, packet.sequence) == ("_reliable", b"to eve", 3)
        assert (packet.participant_sid, packet.participant_identity) == (ada.sid, "ada")
        say(ada, b"to all", "_lossy")
        for guest in (bob, eve, mute, ghost):
            label, packet = await heard(guest)
            assert (label, packet.user.payload) == ("_lossy", b"to all")
            assert packet.kind == models.DataPacket.LOSSY
        say(ghost, b"boo")
        _, packet = await heard(ada)
        assert (packet.user.payload, packet.participant_identity) == (b"boo", "")


@rule(213)
async def test_agents_may_transcribe_and_others_not(site: Site) -> None:
    said = models.Transcription(track_id="TR_x", transcribed_participant_identity="bob")
    async with (
        present(site, "ada") as ada,
        present(site, "bob") as bob,
        present(site, "agent", kind="agent") as agent,
    ):
        await ada.client.channel("_reliable")
        for guest in (bob, agent):
            channel = await guest.client.channel("_reliable")
            for packet in (
                models.DataPacket(speaker=models.ActiveSpeakerUpdate()),
                models.DataPacket(metrics=metrics.MetricsBatch()),
                models.DataPacket(transcription=said),
            ):
                channel.send(packet.SerializeToString())
        _, data = await ada.client.message()
        packet = models.DataPacket.FromString(data)
        assert (packet.WhichOneof("value"), packet.participant_identity) == (
            "transcription",
            "agent",
        )


@rule(253)
async def test_encryption_of_data_is_kept(site: Site) -> None:
    async with present(site, "ada") as ada, present(site, "bob") as bob:
        await bob.client.channel("_reliable")
        channel = await ada.client.channel("_reliable")
        sealed = models.EncryptedPacket(
            encryption_type=models.Encryption.GCM, encrypted_value=b"?" * 9, iv=b"i" * 12
        )
        channel.send(models.DataPacket(encrypted_packet=sealed).SerializeToString())
        _, data = await bob.client.message()
        assert models.DataPacket.FromString(data).encrypted_packet == sealed
