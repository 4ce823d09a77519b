"""What a room decides, as values for the hub to carry out; `sid`s are participants' LiveKit ids."""

from dataclasses import dataclass
from typing import Protocol

from livekit.protocol import models
from livekit.protocol.models import ParticipantInfo, RoomEndReason, TrackInfo
from livekit.protocol.rtc import SignalResponse


class Publication(Protocol):
    """What the rules must know of a media section that a participant sends in."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...  # "audio" or "video"
    @property
    def mid(self) -> str: ...
    @property
    def cid(self) -> str: ...  # what AddTrack calls it: the second token of its msid
    @property
    def mime(self) -> str: ...
    @property
    def rids(self) -> tuple[str, ...]: ...  # lowest layer first, empty without simulcast


@dataclass(frozen=True)
class Tell:
    """Send one message to these participants."""

    to: tuple[str, ...]
    message: SignalResponse


@dataclass(frozen=True)
class RefreshToken:
    """Give the participant a new access token that carries its present name and attributes."""

    to: str


@dataclass(frozen=True)
class Subscribe:
    """Forward a publication (its id) to a subscriber, under these stream and track ids."""

    subscriber: str
    publication: int
    stream: str
    track: str


@dataclass(frozen=True)
class Unsubscribe:
    """Stop forwarding a track to a subscriber."""

    subscriber: str
    track: str


@dataclass(frozen=True)
class SetLayer:
    """Forward at most these layers; a spatial layer of -1 forwards nothing.

    Where not everything fits, tracks of a higher priority come first.
    """

    subscriber: str
    track: str
    spatial: int
    temporal: int
    priority: int = 1


@dataclass(frozen=True)
class SetMuted:
    """A publication (its id) is muted by its owner, or no longer."""

    publication: int
    muted: bool


@dataclass(frozen=True)
class Compete:
    """A publication (its id) is a microphone: of many open ones only the loudest are forwarded."""

    publication: int


@dataclass(frozen=True)
class Tap:
    """Begin to hand a microphone's audio to transcription, or begin anew."""

    participant: str
    publication: int
    track: str
    shared: bool


@dataclass(frozen=True)
class Untap:
    """Stop handing a microphone's audio to transcription, at once."""

    track: str


@dataclass(frozen=True)
class Report:
    """Something the operator's webhooks may want to know, by its name in the protocol (§5.4)."""

    event: str
    participant: ParticipantInfo | None = None
    track: TrackInfo | None = None
    reason: RoomEndReason = models.ROOM_END_UNKNOWN


@dataclass(frozen=True)
class Departed:
    """A participant is no longer in the room: close what is left of it."""

    sid: str


@dataclass(frozen=True)
class Closed:
    """Nobody came back in time: the meeting is over."""


Effect = (
    Tell
    | RefreshToken
    | Subscribe
    | Unsubscribe
    | SetLayer
    | SetMuted
    | Compete
    | Tap
    | Untap
    | Report
    | Departed
    | Closed
)
