"""Who is in a room, what each publishes and wants to receive, and what one of them may do. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from livekit.protocol import models, rtc
from livekit.protocol.models import DisconnectReason, ParticipantInfo, TrackInfo
from livekit.protocol.room import UpdateParticipantRequest
from livekit.protocol.rtc import RequestResponse

from visio.effects import Publication
from visio.quality import BEST_SCORE


@dataclass(frozen=True)
class Newcomer:
    """Who asks to join: what the token and the join request say together."""

    identity: str
    name: str = ""
    metadata: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    kind: ParticipantInfo.Kind = ParticipantInfo.STANDARD
    kind_details: tuple[ParticipantInfo.KindDetail, ...] = ()
    permission: models.ParticipantPermission = field(
        default_factory=lambda: models.ParticipantPermission(
            can_subscribe=True, can_publish=True, can_publish_data=True
        )
    )
    client: models.ClientInfo = field(default_factory=models.ClientInfo)
    auto_subscribe: bool = True
    auto_subscribe_data: bool = False
    adaptive_stream: bool = False

    @property
    def dependent(self) -> bool:
        return is_dependent(self.kind, self.permission)


@dataclass(eq=False)
class Announced:
    """A track asked for by AddTrack; `cids` are what its media section may call it."""

    cids: frozenset[str]
    info: TrackInfo


@dataclass(frozen=True)
class Backup:
    """Another codec of a published track, asked for by AddTrack with its sid."""

    track: str
    mime: str


@dataclass(eq=False)
class Track:
    """What a participant publishes: both its AddTrack and its media section are here."""

    owner: "Participant"
    cids: frozenset[str]
    info: TrackInfo
    publication: Publication
    backups: list[Publication] = field(default_factory=list)
    """The same picture in other codecs, for those who cannot decode the first."""
    subscribers: dict[str, Publication] = field(default_factory=dict)
    """What each is sent of it, by sid."""
    waiting: set[str] = field(default_factory=set)
    """Those who wait for a codec that they can decode."""
    asked: dict[str, int] = field(default_factory=dict)
    """The best quality the publisher was asked for, by MIME type; empty: never asked."""
    tapped: bool = False

    @property
    def sid(self) -> str:
        return self.info.sid

    @property
    def is_microphone(self) -> bool:
        return is_microphone(self.info)

    @property
    def is_audible(self) -> bool:
        """Whether it is a microphone that the server hears: not one encrypted end to end."""
        return self.is_microphone and self.info.encryption == models.Encryption.NONE

    @property
    def publications(self) -> list[Publication]:
        """All that is sent of it, in the order in which receivers are given it.

        Unless its owner means to send several codecs at once, all go over to the backup.
        """
        both = self.info.backup_codec_policy == models.SIMULCAST
        return [self.publication, *self.backups] if both else [*self.backups, self.publication]

    def concerns(self, sid: str) -> bool:
        """Whether somebody is sent it, or waits for that."""
        return sid in self.subscribers or sid in self.waiting


@dataclass(frozen=True)
class Audience:
    """Who may receive the tracks of a publisher; people are named by sid or by identity."""

    everybody: bool = True
    people: frozenset[str] = frozenset()
    """Those who may receive all of them."""
    tracks: frozenset[tuple[str, str]] = frozenset()
    """Those who may receive one of them, with its sid."""

    @classmethod
    def of(cls, granted: rtc.SubscriptionPermission) -> "Audience":
        """What a publisher said, made quick to ask."""
        named = [
            (one.participant_sid or one.participant_identity, one)
            for one in granted.track_permissions
        ]
        return cls(
            granted.all_participants,
            frozenset(who for who, one in named if one.all_tracks),
            frozenset((who, sid) for who, one in named for sid in one.track_sids),
        )

    def includes(self, subscriber: "Participant", track_sid: str) -> bool:
        """Whether that participant may receive that track."""
        return self.everybody or any(
            who in self.people or (who, track_sid) in self.tracks
            for who in (subscriber.sid, subscriber.identity)
        )


@dataclass(eq=False)
class Participant:
    """Somebody in the room, with what they publish and what they want to receive."""

    sid: str
    identity: str
    name: str
    metadata: str
    attributes: dict[str, str]
    kind: ParticipantInfo.Kind
    permission: models.ParticipantPermission
    client: models.ClientInfo
    auto_subscribe: bool
    auto_subscribe_data: bool
    adaptive_stream: bool
    joined_at: int
    kind_details: tuple[ParticipantInfo.KindDetail, ...] = ()
    state: ParticipantInfo.State = ParticipantInfo.JOINED
    version: int = 1
    reason: DisconnectReason = models.UNKNOWN_REASON
    away: bool = False
    """The signalling socket is lost; media may go on."""
    heard_at: float = 0.0
    """When its client last said something: what it was told since may be lost with its socket."""
    tracks: dict[str, Track] = field(default_factory=dict)
    announced: dict[str, Announced] = field(default_factory=dict)
    unclaimed: dict[str, Publication] = field(default_factory=dict)
    """Media sections whose AddTrack has not come yet, by cid."""
    backups: dict[str, Backup] = field(default_factory=dict)
    """Other codecs announced for published tracks, by cid."""
    undecodable: set[int] = field(default_factory=set)
    """Publications that its client cannot decode, by id."""
    choices: dict[str, bool] = field(default_factory=dict)
    """Explicit subscriptions, by track sid; `auto_subscribe` holds for the others."""
    settings: dict[str, rtc.UpdateTrackSettings] = field(default_factory=dict)
    audience: Audience = field(default_factory=Audience)
    """Who may receive this one's tracks."""
    score: float = BEST_SCORE
    """How well the worst of what it sends and receives gets through, 100 to 0."""
    data_tracks: dict[int, models.DataTrackInfo] = field(default_factory=dict)
    """What it publishes on data channels, by its own handles."""
    last_handle: int = 0
    """The last handle under which it was given a data track."""

    @property
    def active(self) -> bool:
        return self.state == ParticipantInfo.ACTIVE

    def consents_to(self, kind: str) -> bool:
        return self.attributes.get(CONSENTS[kind]) == "granted"

    @property
    def dependent(self) -> bool:
        return is_dependent(self.kind, self.permission)

    @property
    def records(self) -> bool:
        return self.kind == ParticipantInfo.EGRESS or self.permission.recorder

    def track_info(self, sid: str) -> TrackInfo | None:
        """An own track, whether its media section has come or not."""
        found = self.tracks.get(sid) or self.announced.get(sid)
        return found.info if found else None

    def info(self) -> ParticipantInfo:
        """The snapshot others are shown."""
        return ParticipantInfo(
            sid=self.sid,
            identity=self.identity,
            state=self.state,
            tracks=[track.info for track in self.tracks.values()],
            metadata=self.metadata,
            joined_at=self.joined_at // 1000,
            joined_at_ms=self.joined_at,
            name=self.name,
            version=self.version,
            permission=self.permission,
            is_publisher=bool(self.tracks),
            kind=self.kind,
            kind_details=self.kind_details,
            attributes=self.attributes,
            disconnect_reason=self.reason,
            data_tracks=self.data_tracks.values(),
            client_protocol=self.client.client_protocol,
            capabilities=self.client.capabilities,
        )


def enter(newcomer: Newcomer, sid: str, joined_at: int) -> Participant:
    return Participant(
        sid=sid,
        identity=newcomer.identity,
        name=newcomer.name,
        metadata=newcomer.metadata,
        attributes=_unanswered(newcomer.attributes),
        kind=newcomer.kind,
        permission=newcomer.permission,
        client=newcomer.client,
        auto_subscribe=newcomer.auto_subscribe,
        auto_subscribe_data=newcomer.auto_subscribe_data,
        adaptive_stream=newcomer.adaptive_stream,
        joined_at=joined_at,
        kind_details=newcomer.kind_details,
    )


def returning(newcomer: Newcomer, shared: bool, people: int | None) -> Newcomer:
    """Somebody as they were when their server died: the token they had was older."""
    microphone = {
        SHARED_MICROPHONE: "true" if shared else "",
        MICROPHONE_PEOPLE: str(people or ""),
    }
    kept = {key: value for key, value in newcomer.attributes.items() if key not in microphone}
    said = {key: value for key, value in microphone.items() if value}
    return replace(newcomer, attributes={**kept, **said})


def is_dependent(kind: ParticipantInfo.Kind, permission: models.ParticipantPermission) -> bool:
    """Recorders and agents: they neither keep a room open nor count in it (protocol §4.10)."""
    programs = (ParticipantInfo.EGRESS, ParticipantInfo.AGENT)
    return kind in programs or permission.recorder or permission.agent


def may_publish(permission: models.ParticipantPermission, source: models.TrackSource) -> bool:
    """Whether a track of that source is allowed; no sources named means all."""
    sources = permission.can_publish_sources
    return permission.can_publish and (not sources or source in sources)


def refuse_track(
    participant: Participant, request: rtc.AddTrackRequest
) -> RequestResponse.Reason | None:
    if not may_publish(participant.permission, request.source):
        return RequestResponse.NOT_ALLOWED
    if (reason := _refuse_kind(participant, request)) is not None:
        return reason
    pending = len(participant.announced) + len(participant.backups)
    if pending >= _MOST_PENDING or request.ByteSize() > _LARGEST_REQUEST:
        return RequestResponse.LIMIT_EXCEEDED
    announced = any(request.cid in track.cids for track in participant.announced.values())
    if announced or request.cid in participant.backups:
        return RequestResponse.QUEUED
    return None


def claimant(participant: Participant, publication: Publication) -> Announced | None:
    """The announced track that a media section carries."""
    kind = models.AUDIO if publication.kind == "audio" else models.VIDEO
    pending = [track for track in participant.announced.values() if track.info.type == kind]
    named = (track for track in pending if publication.cid in track.cids)
    # Firefox writes an id of its own into the section. AddTrack goes out before the offer, so the
    # oldest pending track is the one (protocol §2.5).
    firefox = participant.client.browser.lower() == "firefox"
    return next(named, None) or (pending[0] if pending and firefox else None)


def _refuse_kind(
    participant: Participant, request: rtc.AddTrackRequest
) -> RequestResponse.Reason | None:
    if request.type not in (models.AUDIO, models.VIDEO):
        return RequestResponse.UNSUPPORTED_TYPE
    if not request.sid:
        return None
    if not (track := participant.tracks.get(request.sid)):
        return RequestResponse.NOT_FOUND
    return None if backup_mime(track.info, request) else RequestResponse.UNSUPPORTED_TYPE


def backup_mime(info: TrackInfo, request: rtc.AddTrackRequest) -> str:
    """The MIME type of the other codec that a request wants to add to a track; "": none of ours."""
    names = [codec.codec.lower() for codec in request.simulcast_codecs]
    known = len(names) == 1 and names[0] in _VIDEO_CODECS
    encrypted = info.encryption != models.Encryption.NONE
    fits = info.type == request.type == models.VIDEO and not encrypted
    return f"video/{names[0]}" if known and fits else ""


def backed_up(participant: Participant, publication: Publication) -> str | None:
    """The cid by which a media section was announced as another codec of a track."""
    if publication.cid in participant.backups:
        return publication.cid
    # Firefox's own ids again, see `claimant`.
    firefox = participant.client.browser.lower() == "firefox" and publication.kind == "video"
    return next(iter(participant.backups), None) if firefox else None


def decodable(subscriber: Participant, track: Track) -> Publication | None:
    """What of a track a subscriber's client can decode, as far as that is known."""
    known = subscriber.undecodable
    return next((one for one in track.publications if one.id not in known), None)


def promised(track: Track) -> list[str]:
    """The MIME types of codecs which the owner would send too if somebody needed them."""
    if track.info.encryption != models.Encryption.NONE or track.info.type != models.VIDEO:
        return []
    sent = {publication.mime for publication in track.publications}
    mimes = [codec.mime_type for codec in track.info.codecs]
    return [mime for mime in mimes if mime and mime not in sent]


def track_prefix(request: rtc.AddTrackRequest) -> str:
    return (
        "TR_"
        + ("A" if request.type == models.AUDIO else "V")
        + _SOURCE_LETTERS.get(request.source, "U")
    )


def track_info(request: rtc.AddTrackRequest, sid: str) -> TrackInfo:
    kind = "audio" if request.type == models.AUDIO else "video"
    screen = request.source in (models.SCREEN_SHARE, models.SCREEN_SHARE_AUDIO)
    return TrackInfo(
        sid=sid,
        type=request.type,
        name=request.name,
        muted=request.muted,
        width=request.width,
        height=request.height,
        simulcast=len(request.layers) > 1,
        disable_dtx=request.disable_dtx,
        source=request.source,
        layers=request.layers,
        codecs=[
            models.SimulcastCodecInfo(
                mime_type=f"{kind}/{codec.codec.lower()}" if codec.codec else "",
                cid=codec.cid,
                layers=codec.layers or request.layers,
                video_layer_mode=codec.video_layer_mode,
            )
            for codec in request.simulcast_codecs
        ],
        stereo=request.stereo,
        disable_red=request.disable_red,
        encryption=request.encryption,
        stream=request.stream or ("screenshare" if screen else "camera"),
        version=models.TimedVersion(ticks=1),
        audio_features=request.audio_features,
        backup_codec_policy=request.backup_codec_policy,
        packet_trailer_features=request.packet_trailer_features,
    )


def wish(info: TrackInfo) -> str:
    """The MIME type a track is to be sent as; empty when any will do."""
    if info.type == models.AUDIO:
        # Who encrypts frames cannot read those that were put together of several.
        plain = info.disable_red or info.encryption != models.Encryption.NONE
        return "audio/opus" if plain else "audio/red"
    return next((codec.mime_type for codec in info.codecs[:1]), "")


def describe(info: TrackInfo, publication: Publication) -> None:
    """Add what the media section tells."""
    info.mid, info.mime_type = publication.mid, publication.mime
    if not info.codecs:
        info.codecs.add(layers=info.layers)
    told = models.SimulcastCodecInfo(
        mime_type=publication.mime, mid=publication.mid, cid=publication.cid
    )
    info.codecs[0].MergeFrom(told)


def announce_backup(info: TrackInfo, mime: str, request: rtc.AddTrackRequest) -> None:
    """Add what the request tells of another codec of the track."""
    codec = next((codec for codec in info.codecs if codec.mime_type == mime), None)
    codec = codec or info.codecs.add(mime_type=mime)
    codec.cid = request.cid
    codec.ClearField("layers")
    codec.layers.extend(request.simulcast_codecs[0].layers or request.layers)


def describe_backup(info: TrackInfo, publication: Publication) -> None:
    """Add what the media section of another codec tells."""
    codec = codec_of(info, publication) or info.codecs.add(mime_type=publication.mime)
    codec.mid, codec.cid = publication.mid, publication.cid


def codec_of(info: TrackInfo, publication: Publication) -> models.SimulcastCodecInfo | None:
    """What is known of the codec of a publication of the track."""
    return next((codec for codec in info.codecs if codec.mime_type == publication.mime), None)


def is_microphone(info: TrackInfo) -> bool:
    return info.type == models.AUDIO and info.source == models.MICROPHONE


def refuse_metadata(
    participant: Participant, request: rtc.UpdateParticipantMetadata
) -> tuple[RequestResponse.Reason, str]:
    if not participant.permission.can_update_metadata:
        return RequestResponse.NOT_ALLOWED, "does not have permission to update own metadata"
    return refuse_description(participant, request)


def refuse_description(
    participant: Participant, request: rtc.UpdateParticipantMetadata | UpdateParticipantRequest
) -> tuple[RequestResponse.Reason, str]:
    """Why a name, metadata or attributes cannot be given to a participant, by whomever."""
    attributes = participant.attributes | dict(request.attributes)
    size = sum(len(key.encode()) + len(value.encode()) for key, value in attributes.items())
    if any(key.startswith(SERVER_ATTRIBUTES) for key in request.attributes):
        return RequestResponse.NOT_ALLOWED, f"attributes {SERVER_ATTRIBUTES}* are the server's"
    if len(request.name) > MOST_NAME:
        return RequestResponse.LIMIT_EXCEEDED, "name is too long"
    if len(request.metadata.encode()) > MOST_METADATA:
        return RequestResponse.LIMIT_EXCEEDED, "metadata is too long"
    if size > MOST_ATTRIBUTES:
        return RequestResponse.LIMIT_EXCEEDED, "attributes are too long"
    return RequestResponse.OK, ""


def useful_quality(subscriber: Participant, track: Track) -> int:
    """The best quality a subscriber has use for."""
    settings = subscriber.settings.get(track.sid)
    if not settings:
        return models.LOW if subscriber.adaptive_stream else models.HIGH
    if settings.disabled or settings.quality == models.OFF:
        return OFF
    if not (settings.width and settings.height):
        return max(models.LOW, min(settings.quality, models.HIGH))
    for layer in sorted(track.info.layers, key=lambda layer: layer.quality):
        if _fills(layer, settings):
            return layer.quality
    return models.HIGH


def _fills(layer: models.VideoLayer, wanted: rtc.UpdateTrackSettings) -> bool:
    portrait = layer.width < layer.height
    have, want = (layer.width, wanted.width) if portrait else (layer.height, wanted.height)
    return have >= _NEARLY * want


def useful_layers(subscriber: Participant, track: Track) -> tuple[int, int]:
    """The spatial and temporal layer to forward at most; a spatial layer of -1 is nothing.

    Qualities count through the layers that are really sent.
    """
    settings = subscriber.settings.get(track.sid)
    quality = useful_quality(subscriber, track)
    if quality == OFF:
        return -1, 0
    if track.info.type != models.VIDEO:
        return 0, _HIGHEST_TEMPORAL
    publication = track.subscribers.get(subscriber.sid, track.publication)
    codec = codec_of(track.info, publication)
    layers = codec.layers if codec and codec.layers else track.info.layers
    sent = sorted(layer.quality for layer in layers) or [*QUALITIES]
    below = sum(level < quality for level in sent)
    rids = publication.rids
    # Without simulcast the layers may be inside the one stream, as many as announced.
    return min(below, len(rids) - 1) if rids else below, _temporal(settings)


def priority(subscriber: Participant, track: Track) -> int:
    """The rank of a track where not everything fits; the highest number comes first.

    As the client says, else shared screens before cameras, as the reference does.
    """
    settings = subscriber.settings.get(track.sid)
    if settings and settings.priority:
        return settings.priority
    return _SCREEN_PRIORITY if track.info.source == models.SCREEN_SHARE else 1


def _unanswered(attributes: Mapping[str, str]) -> dict[str, str]:
    """A token refreshed in an earlier session may carry an answer, or a raised hand: everybody
    is asked afresh."""
    passing = {*CONSENTS.values(), HAND}
    kept = {key: value for key, value in attributes.items() if key not in passing}
    return {**kept, CONSENTS["transcription"]: ""}


def _temporal(settings: rtc.UpdateTrackSettings | None) -> int:
    # Three temporal layers at 30 fps are 7.5, 15 and 30.
    if not settings or not settings.fps:
        return _HIGHEST_TEMPORAL
    return next(
        (layer for layer, fps in enumerate((7.5, 15)) if fps >= settings.fps), _HIGHEST_TEMPORAL
    )


SERVER_ATTRIBUTES = "visio."
"""Attributes that begin so are set by the server alone."""
CONSENTS = {"transcription": "visio.consent", "recording": "visio.consent.recording"}
"""By what was asked about, the attribute that tells everybody the answer."""
SHARED_MICROPHONE = "visio.shared_microphone"
MICROPHONE_PEOPLE = "visio.microphone_people"
"""How many share it, where somebody said so."""
HAND = "visio.hand"
"""A raised hand: the lower the number, the earlier."""

# Protocol §4.7.
MOST_NAME = 256
MOST_METADATA = 512 * 1024
MOST_ATTRIBUTES = 64 * 1024

QUALITIES = (models.LOW, models.MEDIUM, models.HIGH)
OFF = -1
"""The quality of a subscription that wants nothing now."""

# AddTrack requests without media; the reference's figure.
_MOST_PENDING = 20
# Bytes of an AddTrack request: everybody is told what it says, again and again. Real ones are
# below a quarter of it.
_LARGEST_REQUEST = 4096
# A layer this close to the wanted height is sharp enough (protocol §4.2).
_NEARLY = 0.9
_HIGHEST_TEMPORAL = 2
_SCREEN_PRIORITY = 255
_VIDEO_CODECS = ("vp8", "h264", "vp9", "av1")
_SOURCE_LETTERS = {
    models.UNKNOWN: "U",
    models.CAMERA: "C",
    models.MICROPHONE: "M",
    models.SCREEN_SHARE: "S",
    models.SCREEN_SHARE_AUDIO: "s",
}
