"""Who may enter a room, and what they may do there, by its settings and their role. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from enum import Enum, auto

from livekit.protocol import models
from livekit.protocol.models import TrackInfo
from livekit.protocol.room import UpdateParticipantRequest

from visio.effects import Effect
from visio.room import Room
from visio.roster import Participant


@dataclass(frozen=True)
class Settings:
    """What hosts decide for a room; a `max_participants` of 0 is none, `retention_days` of 0 are
    the server's.

    `microphone`, `camera` and `screen_share` say who may publish these, `muting` who may mute
    others: "everyone" or "hosts"; `chat` who may write there, "nobody" too; `transcribing` who may
    start it: "hosts" or "nobody". `chat_kept`: what they wrote outlives the meeting. `spoken` is a
    language (ISO 639-1) or "detected".
    """

    access: str = "restricted"
    locked: bool = False
    max_participants: int = 0
    microphone: str = "everyone"
    camera: str = "everyone"
    screen_share: str = "everyone"
    muting: str = "hosts"
    transcribing: str = "hosts"
    spoken: str = "detected"
    retention_days: int = 0
    chat: str = "everyone"
    chat_kept: bool = False

    @property
    def language(self) -> str:
        """What is spoken; "" where it is to be detected."""
        return "" if self.spoken == "detected" else self.spoken

    @classmethod
    def of(cls, row: object) -> "Settings":
        """Those in the columns of a room's row."""
        return cls(**{field.name: getattr(row, field.name) for field in fields(cls)})


@dataclass(frozen=True)
class Caller:
    """Who is behind an access token: an account, or a guest's browser.

    `ours` when our own door gave the token, so that the room's settings apply; `meeting` is the
    one a host let them into.
    """

    account: str | None = None
    guest: str = ""
    meeting: str = ""
    ours: bool = False

    def is_same_person(self, other: "Caller") -> bool:
        """Whether both are the same account, or the same browser of a guest."""
        if self.account or other.account:
            return self.account == other.account
        return bool(self.guest) and self.guest == other.guest


class Entry(Enum):
    """What a room's door says."""

    ADMITTED = auto()
    WAITS = auto()
    LOCKED = auto()
    BANNED = auto()


def entry(
    settings: Settings,
    role: str | None,
    *,
    account: bool,
    banned: bool = False,
    admitted: bool = False,
    returning: bool = False,
) -> Entry:
    """Whether somebody enters, by their role in the room (None: none) and whether they signed in.

    `admitted` says that a host let them in, `returning` that they were inside a moment ago.
    """
    if role == "owner":
        return Entry.ADMITTED
    if banned:
        return Entry.BANNED
    if not (admitted or entitled(settings, role, account=account)):
        return Entry.WAITS
    return Entry.LOCKED if settings.locked and not returning else Entry.ADMITTED


def entitled(settings: Settings, role: str | None, *, account: bool) -> bool:
    """Whether the room's access lets them in without asking; so they may also know of it."""
    by_account = settings.access == "trusted" and account
    return role is not None or settings.access == "public" or by_account


def shown_role(role: str | None, *, account: bool) -> str:
    """The word that those inside are shown for somebody."""
    return role or ("member" if account else "guest")


def hosts(role: str | None) -> bool:
    """Whether they may decide for the room."""
    return role in ("owner", "administrator")


def may_give(giver: str | None, before: str | None, after: str | None) -> bool:
    """Whether one may change another's role so, or send them away (`after` None).

    Owners are made and unmade by owners alone.
    """
    return giver == "owner" or (giver == "administrator" and "owner" not in (before, after))


def may_mute(settings: Settings, role: str | None) -> bool:
    """Whether one may mute another."""
    return hosts(role) or settings.muting == "everyone"


def may_write(settings: Settings, role: str | None) -> bool:
    """Whether one may write in the chat."""
    return settings.chat == "everyone" or (settings.chat == "hosts" and hosts(role))


def restricted(
    permission: models.ParticipantPermission, settings: Settings, role: str | None
) -> models.ParticipantPermission:
    """The permission with the sources that the room lets somebody of that role publish."""
    allowed = [
        source
        for name, sources in _SOURCES.items()
        if hosts(role) or getattr(settings, name) == "everyone"
        for source in sources
    ]
    granted = models.ParticipantPermission()
    granted.CopyFrom(permission)
    granted.can_publish = bool(allowed)
    granted.ClearField("can_publish_sources")
    if len(allowed) < _ALL:  # naming none means all
        granted.can_publish_sources.extend(allowed)
    return granted


# In a running meeting


def role_of(participant: Participant) -> str | None:
    """The role our door gave them; None for those of other programs."""
    return participant.attributes.get(ROLE)


def hosts_in(room: Room) -> list[Participant]:
    """Those inside who may decide for the room."""
    return [one for one in room.participants.values() if hosts(role_of(one))]


def furnish(room: Room, settings: Settings, limit: int = 0) -> None:
    """Give a room that nobody is in yet its settings; a token may have said how many it takes.

    No room takes more than the instance's `limit`, if it has one.
    """
    most = settings.max_participants or room.terms.max_participants
    room.set_settings(room.title or "", asdict(settings), _fewer(most, limit))


def apply(room: Room, title: str, settings: Settings, now: float, limit: int = 0) -> list[Effect]:
    """Another title, settings and limit of the instance, with their effect on those inside."""
    most = _fewer(settings.max_participants, limit)
    effects = room.set_settings(title, asdict(settings), most)
    if settings.transcribing == "nobody":
        effects += room.set_transcription(False)
    for one in list(room.participants.values()):
        if role := role_of(one):
            effects += _permit(room, one, settings, role, now)
    return effects


def promote(
    room: Room, participant: Participant, role: str, settings: Settings, now: float
) -> list[Effect]:
    """Give somebody inside another role."""
    participant.attributes[ROLE] = role
    permission = restricted(participant.permission, settings, role)
    request = UpdateParticipantRequest(permission=permission)
    return room.update_participant(participant.sid, request, now)


def tracks_to_mute(
    room: Room, caller: str, identity: str | None, source: models.TrackSource
) -> list[tuple[str, TrackInfo]]:
    """The open tracks of that source, with their owners' sids; without `identity` everybody's but
    the caller's."""
    return [
        (one.sid, track.info)
        for one in room.participants.values()
        if (one.identity == identity if identity else one.identity != caller)
        for track in one.tracks.values()
        if track.info.source == source and not track.info.muted
    ]


def _fewer(one: int, other: int) -> int:
    """The lower of two limits, where 0 is none."""
    return min(one or other, other or one)


def _permit(
    room: Room, one: Participant, settings: Settings, role: str, now: float
) -> list[Effect]:
    permission = restricted(one.permission, settings, role)
    if permission == one.permission:
        return []
    return room.update_participant(one.sid, UpdateParticipantRequest(permission=permission), now)


ROLE = "visio.role"
"""The attribute that tells everybody in the meeting what somebody is in the room."""

_SOURCES: dict[str, Sequence[models.TrackSource]] = {
    "microphone": (models.MICROPHONE,),
    "camera": (models.CAMERA,),
    "screen_share": (models.SCREEN_SHARE, models.SCREEN_SHARE_AUDIO),
}
_ALL = sum(len(sources) for sources in _SOURCES.values())
