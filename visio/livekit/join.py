"""What a client asks when it connects: token and join request, checked and made one value."""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from aiohttp import hdrs, web
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import DecodeError
from livekit.protocol import models, rtc
from livekit.protocol.room import RoomConfiguration

from visio.auth import tokens
from visio.auth.tokens import Claims, Grants
from visio.config import PRODUCT_KEY
from visio.errors import InvalidToken
from visio.livekit.query import BadQuery, read_query
from visio.roster import (
    MOST_ATTRIBUTES,
    MOST_METADATA,
    MOST_NAME,
    SERVER_ATTRIBUTES,
    Newcomer,
    is_dependent,
)
from visio.terms import Terms


class JoinRefused(Exception):  # noqa: N818 - the outcome is the name
    """Answered instead of the upgrade; `text` is what LiveKit clients look into."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True)
class Admission:
    """What an access token proves: who it is, and the room it is for."""

    claims: Claims
    grants: Grants

    @property
    def room(self) -> str:
        return self.grants.room

    @property
    def dependent(self) -> bool:
        """Whether it is a program that takes no place in the room."""
        return is_dependent(_kind(self.claims), _permission(self.grants))

    @property
    def trusted(self) -> bool:
        """Whether we made the token ourselves, so that its `visio.` attributes hold."""
        return self.claims.key == PRODUCT_KEY


@dataclass(frozen=True)
class JoinIntent:
    """Somebody who may join, and how: `dual` clients have two PeerConnections (protocol §1.2)."""

    admission: Admission
    newcomer: Newcomer
    request: rtc.JoinRequest
    dual: bool = False


def read_admission(request: web.Request, keys: Mapping[str, str], now: int) -> Admission:
    """Check the access token, `now` in ms since 1970; raises JoinRefused (protocol §1.3, §1.4)."""
    try:
        claims = tokens.verify(keys, bearer(request), now=now)
    except InvalidToken:
        raise JoinRefused(401, "invalid token") from None
    grants = claims.grants
    if grants is None or not grants.room_join:
        raise JoinRefused(401, "permission denied")
    if not claims.identity:
        raise JoinRefused(400, "identity cannot be empty")
    if not grants.room:
        raise JoinRefused(400, "room name cannot be empty")
    if len(claims.identity) > LONGEST_NAME or len(grants.room) > LONGEST_NAME:
        raise JoinRefused(400, "identity or room name is too long")
    return Admission(claims, grants)


def read_intent(request: web.Request, keys: Mapping[str, str], now: int) -> JoinIntent:
    """Read a connection to `/rtc/v1`, `now` in ms since 1970; raises JoinRefused."""
    admission = read_admission(request, keys, now)
    if (wrapped := request.query.get("join_request")) is None:
        raise JoinRefused(400, "missing join_request")
    asked = parse_join_request(wrapped)
    return _intent(request, admission, asked)


def read_older_intent(
    request: web.Request, keys: Mapping[str, str], now: int, *, strict: bool = False
) -> JoinIntent:
    """Read a connection to `/rtc`, `now` in ms since 1970; raises JoinRefused.

    `strict` refuses attributes that cannot be read, which are ignored otherwise.
    """
    if "join_request" in request.query:
        return read_intent(request, keys, now)
    admission = read_admission(request, keys, now)
    if second := request.query.get("publish"):
        admission = _publisher_only(admission, second)
    try:
        asked = read_query(request.query, strict=strict)
    except BadQuery as bad:
        raise JoinRefused(400, f"cannot read {bad}") from None
    return _intent(request, admission, asked, dual=True)


def _intent(
    request: web.Request, admission: Admission, asked: rtc.JoinRequest, *, dual: bool = False
) -> JoinIntent:
    _name_browser(asked.client_info, request.headers.get(hdrs.USER_AGENT, ""))
    return JoinIntent(admission, _newcomer(admission, asked), asked, dual)


def _name_browser(client: models.ClientInfo, user_agent: str) -> None:
    """livekit-client leaves it to us to see which browser it is in, as far as that matters."""
    if not client.browser and (firefox := _FIREFOX.search(user_agent)):
        client.browser, client.browser_version = "Firefox", firefox[1]


def _publisher_only(admission: Admission, second: str) -> Admission:
    """The legacy second session of somebody, which only publishes (protocol §1.2)."""
    if not admission.grants.can_publish:
        raise JoinRefused(401, "permission denied")
    identity = f"{admission.claims.identity.removesuffix(f'#{second}')}#{second}"
    if len(identity) > LONGEST_NAME:
        raise JoinRefused(400, "identity or room name is too long")
    grants = replace(admission.grants, can_subscribe=False)
    return Admission(replace(admission.claims, identity=identity, grants=grants), grants)


def parse_join_request(text: str) -> rtc.JoinRequest:
    """Undo base64url, WrappedJoinRequest and gzip; raises JoinRefused, also for too much."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        wrapped = rtc.WrappedJoinRequest.FromString(raw)
        inner = wrapped.join_request
        if wrapped.compression == rtc.WrappedJoinRequest.GZIP:
            inner = _inflate(inner)
        if len(inner) > _LARGEST_REQUEST:
            raise JoinRefused(400, "join_request is too large")
        return rtc.JoinRequest.FromString(inner)
    except (binascii.Error, ValueError, DecodeError, zlib.error):
        raise JoinRefused(400, "cannot read join_request") from None


def _inflate(packed: bytes) -> bytes:
    # One byte more than the limit tells a bomb from a request that just fits.
    return zlib.decompressobj(wbits=_GZIP).decompress(packed, _LARGEST_REQUEST + 1)


def bearer(request: web.Request) -> str:
    """The header has precedence; browsers cannot set one for a socket and use the query."""
    if (header := request.headers.get(hdrs.AUTHORIZATION)) is None:
        return request.query.get("access_token", "")
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _newcomer(admission: Admission, asked: rtc.JoinRequest) -> Newcomer:
    claims, grants = admission.claims, admission.grants
    settings = asked.connection_settings
    return Newcomer(
        identity=claims.identity,
        name=claims.name[:MOST_NAME],
        metadata=_metadata(claims, grants, asked),
        attributes=_attributes(admission, asked),
        kind=_kind(claims),
        kind_details=tuple(_DETAILS[name] for name in claims.kind_details if name in _DETAILS),
        permission=_permission(grants),
        client=asked.client_info,
        auto_subscribe=settings.auto_subscribe,
        auto_subscribe_data=settings.auto_subscribe_data_track,
        adaptive_stream=settings.adaptive_stream,
    )


def _kind(claims: Claims) -> models.ParticipantInfo.Kind:
    return _KINDS.get(claims.kind.lower(), models.ParticipantInfo.STANDARD)


def _metadata(claims: Claims, grants: Grants, asked: rtc.JoinRequest) -> str:
    own = asked.metadata if grants.can_update_own_metadata else ""
    if len(own.encode()) > MOST_METADATA:
        raise JoinRefused(400, "metadata is too long")
    return own or claims.metadata


def _attributes(admission: Admission, asked: rtc.JoinRequest) -> dict[str, str]:
    """The token's, and over them the client's own where it may; `visio.` is for our tokens only."""
    given = dict(admission.claims.attributes)
    if not admission.trusted:
        given = _without_ours(given)
    if admission.grants.can_update_own_metadata:
        given |= _without_ours(asked.participant_attributes)
    if sum(len(key.encode()) + len(value.encode()) for key, value in given.items()) > (
        MOST_ATTRIBUTES
    ):
        raise JoinRefused(400, "attributes are too long")
    return given


def _without_ours(attributes: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in attributes.items() if not k.startswith(SERVER_ATTRIBUTES)}


def read_terms(claims: Claims) -> Terms:
    """What the token says of a room that its holder is the first to enter; raises JoinRefused."""
    try:
        asked = ParseDict({**claims.room_config}, RoomConfiguration(), ignore_unknown_fields=True)
    except (ParseError, RecursionError):
        raise JoinRefused(401, "invalid token") from None
    if len(asked.metadata.encode()) > MOST_METADATA:
        raise JoinRefused(400, "room metadata is too long")
    return Terms().changed(asked)


def granting(grants: Grants, permission: models.ParticipantPermission) -> Grants:
    """Grants with what a participant may do by now: `_permission` the other way round."""
    names = {number: name for name, number in _SOURCES.items()}
    return replace(
        grants,
        can_subscribe=permission.can_subscribe,
        can_publish=permission.can_publish,
        can_publish_data=permission.can_publish_data,
        can_publish_sources=tuple(
            names.get(source, _NO_SOURCE) for source in permission.can_publish_sources
        ),
        recorder=permission.recorder,
        can_update_own_metadata=permission.can_update_metadata,
        agent=permission.agent,
        can_subscribe_metrics=permission.can_subscribe_metrics,
        can_manage_agent_session=permission.can_manage_agent_session,
    )


def _permission(grants: Grants) -> models.ParticipantPermission:
    return models.ParticipantPermission(
        can_subscribe=grants.can_subscribe,
        can_publish=grants.can_publish,
        can_publish_data=grants.can_publish_data,
        # A source we do not know must not leave the list empty: that would allow all.
        can_publish_sources=[
            _SOURCES.get(source, models.UNKNOWN) for source in grants.can_publish_sources
        ],
        hidden=grants.hidden,
        recorder=grants.recorder,
        can_update_metadata=grants.can_update_own_metadata,
        agent=grants.agent,
        can_subscribe_metrics=grants.can_subscribe_metrics,
        can_manage_agent_session=grants.can_manage_agent_session,
    )


LONGEST_NAME = 256
"""Characters of a room's name and of an identity; the reference's limit (protocol §1.4)."""
# The reference's limit (protocol §1.2).
_LARGEST_REQUEST = 1024 * 1024
# zlib's way to say: a gzip header, the largest window.
_GZIP = 31
_SOURCES = {
    "camera": models.CAMERA,
    "microphone": models.MICROPHONE,
    "screen_share": models.SCREEN_SHARE,
    "screen_share_audio": models.SCREEN_SHARE_AUDIO,
}
_NO_SOURCE = "unknown"
# On iOS it calls itself FxiOS, and is none of its engine.
_FIREFOX = re.compile(r"\bFirefox/([\d.]{1,16})")
_KINDS = {
    "ingress": models.ParticipantInfo.INGRESS,
    "egress": models.ParticipantInfo.EGRESS,
    "sip": models.ParticipantInfo.SIP,
    "agent": models.ParticipantInfo.AGENT,
    "connector": models.ParticipantInfo.CONNECTOR,
    "bridge": models.ParticipantInfo.BRIDGE,
}
_DETAILS = {
    "cloud_agent": models.ParticipantInfo.CLOUD_AGENT,
    "forwarded": models.ParticipantInfo.FORWARDED,
    "connector_whatsapp": models.ParticipantInfo.CONNECTOR_WHATSAPP,
    "connector_twilio": models.ParticipantInfo.CONNECTOR_TWILIO,
    "bridge_rtsp": models.ParticipantInfo.BRIDGE_RTSP,
    "simulation": models.ParticipantInfo.SIMULATION,
}
