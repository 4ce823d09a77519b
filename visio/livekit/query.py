"""The query parameters by which clients of the older generation join, as a JoinRequest. Pure."""

import base64
import binascii
import json
from collections.abc import Mapping

from livekit.protocol import models, rtc


class BadQuery(ValueError):  # noqa: N818 - the outcome is the name
    """A parameter that cannot be read."""


def read_query(query: Mapping[str, str], *, strict: bool = False) -> rtc.JoinRequest:
    """What the parameters of `/rtc` ask (protocol §1.2).

    What cannot be read counts as absent; but `strict` raises BadQuery for bad attributes.
    """
    settings = rtc.ConnectionSettings(
        auto_subscribe=_flag(query, "auto_subscribe", default=True),
        adaptive_stream=_flag(query, "adaptive_stream"),
        disable_ice_lite=_flag(query, "disable_ice_lite"),
    )
    for name in ("subscriber_allow_pause", "auto_subscribe_data_track"):
        if query.get(name):
            setattr(settings, name, _flag(query, name))
    try:
        attributes = _attributes(query.get("attributes", ""))
    except BadQuery:
        if strict:
            raise
        attributes = {}
    return rtc.JoinRequest(
        client_info=_client(query),
        connection_settings=settings,
        participant_attributes=attributes,
        reconnect=_flag(query, "reconnect"),
        reconnect_reason=_reconnect_reason(query),
        participant_sid=query.get("sid", ""),
    )


def _client(query: Mapping[str, str]) -> models.ClientInfo:
    return models.ClientInfo(
        sdk=sdk if (sdk := query.get("sdk", "").upper()) in _SDKS else None,
        protocol=_number(query, "protocol"),
        client_protocol=_number(query, "client_protocol"),
        capabilities=_capabilities(query.get("capabilities", "")),
        **{name: query.get(name, "") for name in _DESCRIPTIONS},
    )


def _capabilities(text: str) -> list[str]:
    named = (_CAPABILITIES.get(word.strip().upper()) for word in text.split(","))
    return [capability for capability in named if capability is not None]


def _attributes(text: str) -> dict[str, str]:
    """A JSON object of strings in base64url, with or without its padding."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        told = json.loads(raw) if raw else {}
    except (binascii.Error, ValueError, RecursionError):
        raise BadQuery("attributes") from None
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise BadQuery("attributes")
    return told


def _flag(query: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    return query[name].lower() in ("1", "t", "true") if query.get(name) else default


def _number(query: Mapping[str, str], name: str) -> int:
    text = query.get(name, "")
    return int(text) if len(text) < _LONGEST_NUMBER and text.isascii() and text.isdigit() else 0


def _reconnect_reason(query: Mapping[str, str]) -> models.ReconnectReason:
    number = _number(query, "reconnect_reason")
    known = models.ReconnectReason.values()
    return number if number in known else models.RR_UNKNOWN  # type: ignore[return-value]


_DESCRIPTIONS = (
    "version",
    "os",
    "os_version",
    "device_model",
    "browser",
    "browser_version",
    "network",
)
_SDKS = frozenset(models.ClientInfo.SDK.keys())
# By name, in short, or by number.
_CAPABILITIES = {
    key: name
    for name, number in models.ClientInfo.Capability.items()
    for key in (name, name.removeprefix("CAP_"), str(number))
}
# Digits of a number that still fits into 31 bits.
_LONGEST_NUMBER = 10
