"""The messages of a room to its clients, from what they are about."""

from collections.abc import Iterable, Mapping

from livekit.protocol import models, rtc
from livekit.protocol.models import DisconnectReason, ParticipantInfo
from livekit.protocol.rtc import LeaveRequest, SignalResponse

from visio import quality


def update(participants: Iterable[ParticipantInfo]) -> SignalResponse:
    return SignalResponse(update=rtc.ParticipantUpdate(participants=participants))


def leave(reason: DisconnectReason, action: LeaveRequest.Action) -> SignalResponse:
    # Clients of protocol ≤ 12 read only can_reconnect.
    again = action == LeaveRequest.RECONNECT
    return SignalResponse(leave=LeaveRequest(can_reconnect=again, reason=reason, action=action))


def connection_quality(scores: Mapping[str, float]) -> SignalResponse:
    """How well the tracks of participants get through, by sid."""
    updates = [
        rtc.ConnectionQualityInfo(
            participant_sid=sid, quality=quality.grade(score), score=quality.mean_opinion(score)
        )
        for sid, score in scores.items()
    ]
    return SignalResponse(connection_quality=rtc.ConnectionQualityUpdate(updates=updates))


def speakers(levels: Mapping[str, float]) -> SignalResponse:
    speakers = [
        models.SpeakerInfo(sid=sid, level=level, active=level > 0) for sid, level in levels.items()
    ]
    return SignalResponse(speakers_changed=rtc.SpeakersChanged(speakers=speakers))


def stream_state(participant_sid: str, track_sid: str, *, paused: bool) -> SignalResponse:
    info = rtc.StreamStateInfo(
        participant_sid=participant_sid,
        track_sid=track_sid,
        state=rtc.PAUSED if paused else rtc.ACTIVE,
    )
    return SignalResponse(stream_state_update=rtc.StreamStateUpdate(stream_states=[info]))


def qualities(track_sid: str, asked: Mapping[str, int]) -> SignalResponse:
    """The best quality wanted of each codec of a track, by MIME type, its first codec first."""
    codecs = [
        rtc.SubscribedCodec(
            codec=mime.partition("/")[2].lower(),
            qualities=[
                rtc.SubscribedQuality(quality=quality, enabled=quality <= wanted)
                for quality in _QUALITIES
            ],
        )
        for mime, wanted in asked.items()
    ]
    update = rtc.SubscribedQualityUpdate(
        track_sid=track_sid,
        subscribed_qualities=codecs[0].qualities,  # for clients older than subscribed_codecs
        subscribed_codecs=codecs,
    )
    return SignalResponse(subscribed_quality_update=update)


_QUALITIES = (models.LOW, models.MEDIUM, models.HIGH)
