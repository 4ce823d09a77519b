"""The messages of a room to its clients, from what they are about."""

from collections.abc import Iterable, Mapping

from livekit.protocol import models, rtc
from livekit.protocol.models import DisconnectReason, ParticipantInfo, TrackInfo
from livekit.protocol.rtc import LeaveRequest, SignalResponse


def update(participants: Iterable[ParticipantInfo]) -> SignalResponse:
    return SignalResponse(update=rtc.ParticipantUpdate(participants=participants))


def leave(reason: DisconnectReason, action: LeaveRequest.Action) -> SignalResponse:
    # Clients of protocol ≤ 12 read only can_reconnect.
    again = action == LeaveRequest.RECONNECT
    return SignalResponse(leave=LeaveRequest(can_reconnect=again, reason=reason, action=action))


def excellent(sids: Iterable[str]) -> SignalResponse:
    updates = [
        rtc.ConnectionQualityInfo(participant_sid=sid, quality=models.EXCELLENT, score=_BEST_SCORE)
        for sid in sids
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


def qualities(track: TrackInfo, wanted: int) -> SignalResponse:
    qualities = [
        rtc.SubscribedQuality(quality=quality, enabled=quality <= wanted) for quality in _QUALITIES
    ]
    codec = track.mime_type.partition("/")[2].lower()
    update = rtc.SubscribedQualityUpdate(
        track_sid=track.sid,
        subscribed_qualities=qualities,  # for clients older than subscribed_codecs
        subscribed_codecs=[rtc.SubscribedCodec(codec=codec, qualities=qualities)],
    )
    return SignalResponse(subscribed_quality_update=update)


_BEST_SCORE = 4.5
_QUALITIES = (models.LOW, models.MEDIUM, models.HIGH)
