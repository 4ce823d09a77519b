"""Signalling from somebody who wants to stop the server: T13."""

import logging
from pathlib import Path

import pytest
from livekit.protocol import models, rtc
from livekit.protocol.rtc import SignalRequest

from tests.fuzz import inputs, kept
from tests.livekit.signal import Signal, joined
from tests.livekit.site import Site

pytestmark = pytest.mark.one_database

OFFER = (Path(__file__).parents[1] / "fixtures/offers/chromium-156-publish.sdp").read_bytes()
SDP = rtc.SessionDescription(type="offer", sdp=OFFER.decode(), id=1)
AUDIO = rtc.AddTrackRequest(cid="a", name="microphone", type=models.AUDIO)
VIDEO = rtc.AddTrackRequest(
    cid="v", type=models.VIDEO, width=1280, height=720, layers=[models.VideoLayer(width=1280)]
)
REQUESTS = [
    SignalRequest(offer=SDP),
    SignalRequest(answer=SDP),
    SignalRequest(trickle=rtc.TrickleRequest(candidateInit="{}")),
    SignalRequest(add_track=AUDIO),
    SignalRequest(add_track=VIDEO),
    SignalRequest(mute=rtc.MuteTrackRequest(sid="TR_a", muted=True)),
    SignalRequest(
        subscription=rtc.UpdateSubscription(
            track_sids=["TR_a"],
            subscribe=True,
            participant_tracks=[models.ParticipantTracks(participant_sid="PA_a")],
        )
    ),
    SignalRequest(track_setting=rtc.UpdateTrackSettings(track_sids=["TR_a"], width=9, fps=3)),
    SignalRequest(leave=rtc.LeaveRequest()),
    SignalRequest(
        subscription_permission=rtc.SubscriptionPermission(
            track_permissions=[rtc.TrackPermission(participant_sid="PA_a", all_tracks=True)]
        )
    ),
    SignalRequest(sync_state=rtc.SyncState(offer=SDP, answer=SDP, track_sids_disabled=["TR_a"])),
    SignalRequest(ping=1),
    SignalRequest(ping_req=rtc.Ping(timestamp=2)),
    SignalRequest(
        update_metadata=rtc.UpdateParticipantMetadata(
            metadata="m", name="n", attributes={"a": "b"}, request_id=3
        )
    ),
    SignalRequest(update_audio_track=rtc.UpdateLocalAudioTrack(track_sid="TR_a")),
    SignalRequest(update_video_track=rtc.UpdateLocalVideoTrack(track_sid="TR_a", width=1)),
]

VISIT = 100
"""Messages that somebody sends at most before coming anew."""


async def test_nothing_that_one_sends_disturbs_another(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    stream = inputs("signal", [request.SerializeToString() for request in REQUESTS])
    data: bytes | None = next(stream)
    while data is not None:
        # Who has no media within a minute is sent away: both come anew now and then.
        async with joined(site, "ada") as ada, joined(site, "mallory") as mallory:
            for _ in range(VISIT):
                if data is None or mallory.socket.closed:
                    break
                with kept("signal", data):
                    await mallory.socket.send_bytes(data)
                    await answered(mallory, 7)
                    await ada.send(ping=8)
                    await ada.expect("pong")
                    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]
                data = next(stream, None)


async def answered(signal: Signal, number: int) -> None:
    """Wait until the server has processed what was sent, or closed the socket for it."""
    try:
        await signal.send(ping=number)
        await signal.expect("pong")
    except (TypeError, ConnectionError):
        await signal.socket.close()
