"""Signed JSON tokens (RFC 7515, RFC 7519): reading them without trusting them, and the signatures
of others that publish their keys."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

import jwt
from jwt.types import Options

from visio.errors import InvalidToken, VisioError


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload, of which nothing is verified; raises InvalidToken."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _LONGEST:
        raise InvalidToken
    return _part(parts[0]), _part(parts[1])


def check_times(payload: Mapping[str, Any], now: int) -> None:
    """Raise InvalidToken outside `nbf`…`exp` by more than a minute; `now` in ms since 1970."""
    expires, begins = seconds(payload, "exp"), seconds({"nbf": 0, **payload}, "nbf")
    if not begins - LEEWAY <= now / 1000 < expires + LEEWAY:
        raise InvalidToken


def seconds(payload: Mapping[str, Any], name: str) -> float:
    """A time in a payload (NumericDate); raises InvalidToken for anything but a number."""
    value = payload.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidToken
    return value


def verify(keys: Sequence[Mapping[str, Any]], token: str) -> dict[str, Any]:
    """The payload of a token that one of these published keys (JWK, RFC 7517) signed.

    Raises UnknownKey for a `kid` that is not among them, else InvalidToken: for an algorithm with
    a shared secret or none, and for a header that brings a key, or names one elsewhere.
    """
    header, _ = read(token)
    algorithm = header.get("alg")
    if header.keys() & _FORBIDDEN or algorithm not in ALGORITHMS:
        raise InvalidToken
    try:
        key = jwt.PyJWK(dict(_chosen(keys, header)), algorithm=algorithm)
        payload: dict[str, Any] = jwt.decode(token, key, algorithms=[algorithm], options=_OPTIONS)
    except (jwt.PyJWTError, TypeError, ValueError):
        raise InvalidToken from None
    return payload


class UnknownKey(VisioError):  # noqa: N818 - a reason to read the keys again
    """The token names a key that is not among those we have: they may have changed since."""


def _chosen(keys: Sequence[Mapping[str, Any]], header: Mapping[str, Any]) -> Mapping[str, Any]:
    """The key a header names; without a name the only one that could be meant."""
    fit = [key for key in keys if _fits(key, header["alg"])]
    if (kid := header.get("kid")) is not None:
        fit = [key for key in fit if key.get("kid") == kid]
    if not fit:
        raise UnknownKey
    if len(fit) > 1:
        raise InvalidToken
    return fit[0]


def _fits(key: Mapping[str, Any], algorithm: str) -> bool:
    return (
        key.get("kty") == _KEY_TYPES[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
    )


def _part(text: str) -> dict[str, Any]:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        part = json.loads(raw, object_pairs_hook=_no_duplicates)
    except (ValueError, binascii.Error, RecursionError):
        raise InvalidToken from None
    if not isinstance(part, dict):
        raise InvalidToken
    return part


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # RFC 7519 §4 lets us refuse them: two readers could each believe another one.
    if len(found := dict(pairs)) != len(pairs):
        raise InvalidToken
    return found


_KEY_TYPES = {"ES256": "EC", "ES384": "EC", "EdDSA": "OKP", "PS256": "RSA", "RS256": "RSA"}
ALGORITHMS = tuple(_KEY_TYPES)
"""Of identity providers: with a key pair, and with hashes of 256 bits or more."""
LEEWAY = 60
"""Seconds two clocks may differ; more lets expired tokens live on, less refuses honest hosts."""
# A token that brings its own key is signed by whoever made it; `crit` demands what we do not know.
_FORBIDDEN = {"crit", "jwk", "jku", "x5c", "x5u", "b64", "zip"}
# Times, issuer and audience are ours to check: PyJWT would ask the clock.
_OPTIONS: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
}
# Characters; far above what grants and attributes take, far below what costs time to parse.
_LONGEST = 32_768
