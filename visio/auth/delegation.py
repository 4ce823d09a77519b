"""Tokens by which an application acts for a person, within its key's scopes: JWTs (HS256) under a
secret of their own, so that none is good for anything else here, nor anything else as one."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import jwt
from jwt.types import Options

from visio.auth import jws
from visio.errors import InvalidToken, TokenExpired


@dataclass(frozen=True, slots=True)
class Delegated:
    """The key that an application showed, by its id, and the account it acts for."""

    key: str
    account: str


def issue(secret: str, delegated: Delegated, now: int) -> str:
    """Sign a token, good from `now` (ms since 1970) for LIFETIME; `secret` is the server's own."""
    seconds = now // 1000
    payload = {
        "aud": _AUDIENCE,
        "client_id": delegated.key,
        "user_id": delegated.account,
        "delegated": True,
        "iat": seconds,
        "exp": seconds + int(LIFETIME.total_seconds()),
    }
    return jwt.encode(payload, _derived(secret), algorithm=_ALGORITHM)


def read(secrets: Sequence[str], token: str, now: int) -> Delegated:
    """Who acts for whom, said under one of these; raises TokenExpired, or InvalidToken."""
    header, payload = jws.read(token)
    if header.keys() - {"alg", "typ"} or header.get("alg") != _ALGORITHM:
        raise InvalidToken
    if not any(_signed(secret, token) for secret in secrets):
        raise InvalidToken
    if now / 1000 >= jws.seconds(payload, "exp") + jws.LEEWAY:
        raise TokenExpired
    jws.check_times(payload, now)
    key, account = payload.get("client_id"), payload.get("user_id")
    if payload.get("aud") != _AUDIENCE or not isinstance(key, str) or not isinstance(account, str):
        raise InvalidToken
    return Delegated(key, account)


def _signed(secret: str, token: str) -> bool:
    try:
        jwt.decode(token, _derived(secret), algorithms=[_ALGORITHM], options=_OPTIONS)
    except jwt.InvalidTokenError:
        return False
    return True


def _derived(secret: str) -> bytes:
    return hmac.digest(secret.encode(), _AUDIENCE.encode(), hashlib.sha256)


LIFETIME = timedelta(hours=1)
"""As La Suite's; what a token opens ends earlier with its key, or with the account."""
_ALGORITHM = "HS256"
_AUDIENCE = "visio external-api"
# Times and audience are ours to check: PyJWT would ask the clock.
_OPTIONS: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
}
