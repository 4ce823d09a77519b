"""LiveKit access tokens: JWTs that say who somebody is and what they may do in which room.

HS256 only. Used by our own join endpoint, by the signalling and by the server API; the claims are
those of LiveKit's server SDKs, so that tokens made by them are good here.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import jwt
from jwt.types import Options

from visio.auth import jws
from visio.config import RETIRED
from visio.errors import InvalidToken


@dataclass(frozen=True, slots=True)
class Grants:
    """LiveKit's VideoGrant, with the defaults of what a token leaves out."""

    room: str = ""
    room_join: bool = False
    room_create: bool = False
    room_list: bool = False
    room_record: bool = False
    room_admin: bool = False
    ingress_admin: bool = False
    can_publish: bool = True
    can_subscribe: bool = True
    can_publish_data: bool = True
    can_publish_sources: tuple[str, ...] = ()
    """Lower case: camera, microphone, screen_share, screen_share_audio; empty allows all."""
    can_update_own_metadata: bool = False
    can_subscribe_metrics: bool = False
    can_manage_agent_session: bool = False
    hidden: bool = False
    recorder: bool = False
    agent: bool = False
    destination_room: str = ""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. `grants` is None when it has no `video` claim: good for no room at all."""

    identity: str
    grants: Grants | None = None
    name: str = ""
    kind: str = "standard"
    kind_details: tuple[str, ...] = ()
    """Lower case: cloud_agent, forwarded …"""
    metadata: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    key: str = "visio"
    """The API key that signs (`iss`)."""
    account: str | None = None
    """The account behind the participant; our own claim, told to nobody in the room."""
    guest: str = ""
    """The browser of a guest, as a digest of its cookie; our own claim too."""
    meeting: str = ""
    """The meeting that a host let the holder into; our own claim too."""
    sha256: str = ""
    """Of a webhook's body, base64."""
    room_config: Mapping[str, Any] = field(default_factory=dict)
    """LiveKit's RoomConfiguration in JSON, for a room that the holder is the first to enter."""
    expires_at: int = field(default=0, compare=False)
    """Of a token that was read, in ms since 1970; what is issued is told its life apart."""


def issue(keys: Mapping[str, str], claims: Claims, *, ttl: timedelta, now: int) -> str:
    """Sign a token with the secret of `claims.key`, good from `now` (ms since 1970) for `ttl`."""
    seconds = now // 1000
    payload: dict[str, Any] = {
        "iss": claims.key,
        "sub": claims.identity,
        "nbf": seconds,
        "exp": seconds + int(ttl.total_seconds()),
        "kind": claims.kind,
    }
    optional = {
        "name": claims.name,
        "kindDetails": list(claims.kind_details),
        "metadata": claims.metadata,
        "attributes": dict(claims.attributes),
        "video": _video(claims.grants) if claims.grants else None,
        "sha256": claims.sha256,
        "roomConfig": dict(claims.room_config),
        _ACCOUNT: claims.account,
        _GUEST: claims.guest,
        _MEETING: claims.meeting,
    }
    payload |= {name: value for name, value in optional.items() if value}
    return jwt.encode(payload, keys[claims.key], algorithm=_ALGORITHM)


def verify(keys: Mapping[str, str], token: str, *, now: int) -> Claims:
    """Read a token of somebody who holds one of `keys`; `now` in ms since 1970.

    Raises InvalidToken for any other algorithm, a header with more than `alg` and `typ` (so no
    embedded keys, no `crit`), a duplicate claim, a foreign issuer, a missing `exp`, or a time
    outside `nbf`…`exp` by more than a minute.
    """
    payload = _payload(keys, token)
    jws.check_times(payload, now)
    try:
        return _claims(payload)
    except (TypeError, AttributeError):
        raise InvalidToken from None


def _payload(keys: Mapping[str, str], token: str) -> dict[str, Any]:
    header, payload = jws.read(token)
    if header.keys() - {"alg", "typ"} or header.get("alg") != _ALGORITHM:
        raise InvalidToken
    issuer = payload.get("iss")
    for secret in secrets_of(keys, issuer) if isinstance(issuer, str) else ():
        with suppress(jwt.InvalidTokenError):
            verified: dict[str, Any] = jwt.decode(
                token, secret, algorithms=[_ALGORITHM], options=_OPTIONS
            )
            return verified
    raise InvalidToken


def secrets_of(keys: Mapping[str, str], issuer: str) -> list[str]:
    """What the tokens of an issuer may be signed with: the secret of today, and retired ones."""
    found = {name: secret for name, secret in keys.items() if name.partition(RETIRED)[0] == issuer}
    return list(found.values())


def _claims(payload: Mapping[str, Any]) -> Claims:
    video = payload.get("video")
    attributes = payload.get("attributes") or {}
    return Claims(
        identity=_text(payload, "sub") or _text(payload, "jti"),
        grants=None if video is None else _grants(video),
        name=_text(payload, "name"),
        kind=_text(payload, "kind") or "standard",
        kind_details=tuple(detail.lower() for detail in payload.get("kindDetails") or ()),
        metadata=_text(payload, "metadata"),
        attributes={name: _text(attributes, name) for name in attributes},
        key=_text(payload, "iss"),
        account=_text(payload, _ACCOUNT) or None,
        guest=_text(payload, _GUEST),
        meeting=_text(payload, _MEETING),
        sha256=_text(payload, "sha256"),
        room_config={**(payload.get("roomConfig") or {})},
        expires_at=int(min(payload["exp"], _LATEST) * 1000),
    )


def _grants(video: Mapping[str, Any]) -> Grants:
    can_publish = _flag(video, "canPublish", absent=True)
    flags = {name: _flag(video, claim) for name, claim in _FLAGS.items()}
    return Grants(
        **flags,
        room=_text(video, "room"),
        can_publish=can_publish,
        can_subscribe=_flag(video, "canSubscribe", absent=True),
        can_publish_data=_flag(video, "canPublishData", absent=can_publish),
        can_publish_sources=tuple(source.lower() for source in video.get(_SOURCES) or ()),
        destination_room=_text(video, "destinationRoom"),
    )


def _video(grants: Grants) -> dict[str, Any]:
    video: dict[str, Any] = {claim: True for name, claim in _FLAGS.items() if getattr(grants, name)}
    video |= {claim: getattr(grants, name) for name, claim in _SAID_ALWAYS.items()}
    texts = {"room": grants.room, "destinationRoom": grants.destination_room}
    video |= {claim: text for claim, text in texts.items() if text}
    if grants.can_publish_sources:
        video[_SOURCES] = list(grants.can_publish_sources)
    return video


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if value is not None and not isinstance(value, str):
        raise TypeError(name)
    return value or ""


def _flag(claims: Mapping[str, Any], name: str, *, absent: bool = False) -> bool:
    value = claims.get(name)
    if value is not None and not isinstance(value, bool):
        raise TypeError(name)
    return absent if value is None else value


_ALGORITHM = "HS256"
# Times are ours to check: PyJWT would ask the clock.
_OPTIONS: Options = {
    "require": ["exp"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}
_ACCOUNT, _GUEST, _MEETING = "visio.account", "visio.guest", "visio.meeting"
_SOURCES = "canPublishSources"
_SAID_ALWAYS = {
    "can_publish": "canPublish",
    "can_subscribe": "canSubscribe",
    "can_publish_data": "canPublishData",
}
_FLAGS = {
    "room_join": "roomJoin",
    "room_create": "roomCreate",
    "room_list": "roomList",
    "room_record": "roomRecord",
    "room_admin": "roomAdmin",
    "ingress_admin": "ingressAdmin",
    "can_update_own_metadata": "canUpdateOwnMetadata",
    "can_subscribe_metrics": "canSubscribeMetrics",
    "can_manage_agent_session": "canManageAgentSession",
    "hidden": "hidden",
    "recorder": "recorder",
    "agent": "agent",
}
# Seconds since 1970 that every clock can count to.
_LATEST = 2**40
