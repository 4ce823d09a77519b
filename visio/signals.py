"""The messages of a room to its clients, from what they are about."""

import math
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


def understood(message: SignalResponse, protocol: int) -> SignalResponse:
    """The message in words that clients of that protocol know (protocol §1.7)."""
    told = message.connection_quality.updates
    if protocol > _LOST_UNKNOWN or not any(one.quality == models.LOST for one in told):
        return message
    older = SignalResponse()
    older.CopyFrom(message)
    for one in older.connection_quality.updates:
        if one.quality == models.LOST:
            one.quality = models.POOR
    return older


def speakers(levels: Mapping[str, float]) -> SignalResponse:
    speakers = [
        models.SpeakerInfo(sid=sid, level=level, active=level > 0) for sid, level in levels.items()
    ]
    return SignalResponse(speakers_changed=rtc.SpeakersChanged(speakers=speakers))


def told_level(level: float) -> float:
    """In eighths: less of a change is no news."""
    return math.ceil(level * 8) / 8


def stream_state(participant_sid: str, track_sid: str, *, paused: bool) -> SignalResponse:
    info = rtc.StreamStateInfo(
        participant_sid=participant_sid,
        track_sid=track_sid,
        state=rtc.PAUSED if paused else rtc.ACTIVE,
    )
    return SignalResponse(stream_state_update=rtc.StreamStateUpdate(stream_states=[info]))


def permission(participant_sid: str, track_sid: str, *, allowed: bool) -> SignalResponse:
    told = rtc.SubscriptionPermissionUpdate(
        participant_sid=participant_sid, track_sid=track_sid, allowed=allowed
    )
    return SignalResponse(subscription_permission_update=told)


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


# The last protocol whose clients know no worse than POOR, by the reference.
_LOST_UNKNOWN = 10
_QUALITIES = (models.LOW, models.MEDIUM, models.HIGH)
