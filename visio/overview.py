"""What runs now, as administrators of the instance are shown it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from livekit.protocol import models
from livekit.protocol.models import ParticipantInfo

from visio import access, quality
from visio.hub import LiveRoom
from visio.roster import Participant


@dataclass(frozen=True)
class LiveMeeting:
    """A room with people in it; `programs` where no room of ours stands behind it.

    `since` is in milliseconds since 1970 UTC.
    """

    sid: str
    slug: str
    title: str
    programs: bool
    since: int
    people: int
    locked: bool
    transcription: bool


@dataclass(frozen=True)
class Published:
    """A track that is sent."""

    source: str
    muted: bool


@dataclass(frozen=True)
class Present:
    """Somebody in a meeting; `role` is None for those whom no door of ours let in.

    `quality` is "connecting" until media have come once; `score` is from 100, the best, to 0.
    """

    sid: str
    name: str
    came: Literal["account", "guest", "phone", "program"]
    role: str | None
    since: int
    quality: str
    score: int
    published: tuple[Published, ...]


def live_meeting(live: LiveRoom) -> LiveMeeting:
    """A meeting as it is now."""
    room = live.room
    return LiveMeeting(
        sid=room.sid,
        slug=room.name,
        title=room.title or room.name,
        programs=live.row is None,
        since=live.meeting.started_at if live.meeting else room.info().creation_time_ms,
        people=len(room.participants),
        locked=live.settings.locked,
        transcription=room.transcription,
    )


def running(rooms: Iterable[LiveRoom]) -> list[LiveMeeting]:
    """Those of the open rooms that somebody is in."""
    return [live_meeting(live) for live in rooms if live.room.participants]


def present(live: LiveRoom) -> list[Present]:
    """Everybody in a meeting."""
    return [_present(live, one) for one in live.room.participants.values()]


def _present(live: LiveRoom, one: Participant) -> Present:
    return Present(
        sid=one.sid,
        name=one.name or one.identity,
        came=_came(live, one),
        role=access.role_of(one),
        since=one.joined_at,
        quality=_QUALITIES[quality.grade(one.score)] if one.active else "connecting",
        score=round(one.score),
        published=tuple(
            Published(_SOURCES.get(track.info.source, "other"), track.info.muted)
            for track in one.tracks.values()
        ),
    )


def _came(live: LiveRoom, one: Participant) -> Literal["account", "guest", "phone", "program"]:
    if one.kind == ParticipantInfo.SIP:
        return "phone"
    caller = live.guestbook.caller(one.identity)
    if caller.account:
        return "account"
    return "guest" if caller.ours else "program"


_QUALITIES: dict[models.ConnectionQuality, str] = {
    models.EXCELLENT: "excellent",
    models.GOOD: "good",
    models.POOR: "poor",
    models.LOST: "lost",
}
_SOURCES: dict[models.TrackSource, str] = {
    models.MICROPHONE: "microphone",
    models.CAMERA: "camera",
    models.SCREEN_SHARE: "screen_share",
    models.SCREEN_SHARE_AUDIO: "screen_share_audio",
}
