import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest

from visio.auth import delegation, tokens
from visio.auth.delegation import Delegated
from visio.config import PRODUCT_KEY
from visio.errors import InvalidToken

SECRET, NOW = "s" * 40, 1_700_000_000_000
WHO = Delegated("key-1", "account-1")
HOUR = 3_600_000


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def signed(secret: str | bytes, header: dict[str, Any] | None = None, **changed: Any) -> str:
    payload = {**claims(delegation.issue(SECRET, WHO, NOW)), **changed}
    kept = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(kept, secret, algorithm="HS256", headers=header)


def derived() -> bytes:
    """What tokens are signed under, found out as nobody outside can: from the module."""
    return delegation._derived(SECRET)


def test_a_token_says_who_acts_for_whom() -> None:
    assert delegation.read([SECRET], delegation.issue(SECRET, WHO, NOW), NOW) == WHO


def test_what_the_secret_before_signed_is_still_good() -> None:
    token = delegation.issue("o" * 40, WHO, NOW)
    assert delegation.read([SECRET, "o" * 40], token, NOW) == WHO


@pytest.mark.parametrize("later", [-61_000, HOUR + 61_000])
def test_it_is_good_for_an_hour(later: int) -> None:
    token = signed(derived(), nbf=NOW // 1000)
    with pytest.raises(InvalidToken):
        delegation.read([SECRET], token, NOW + later)
    assert delegation.read([SECRET], token, NOW + HOUR) == WHO


@pytest.mark.parametrize(
    "token",
    [
        signed(SECRET),
        signed("x" * 40),
        signed(derived(), {"jwk": {"kty": "oct", "k": "eA"}}),
        signed(derived(), {"kid": "../../dev/null"}),
        signed(derived(), {"crit": ["exp"]}),
        signed(derived(), aud="account"),
        signed(derived(), aud=["visio external-api"]),
        signed(derived(), aud=None),
        signed(derived(), exp=None),
        signed(derived(), client_id=None),
        signed(derived(), user_id=None),
        jwt.encode({"aud": "visio external-api"}, None, algorithm="none"),
        "",
        "a.b.c",
        "visio_key",
    ],
)
def test_any_other_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        delegation.read([SECRET], token, NOW)


def test_a_duplicate_claim_is_refused() -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256"}).encode()).rstrip(b"=").decode()
    twice = b'{"user_id":"a","user_id":"b"}'
    body = base64.urlsafe_b64encode(twice).rstrip(b"=").decode()
    with pytest.raises(InvalidToken):
        delegation.read([SECRET], f"{head}.{body}.x", NOW)


def test_it_is_no_token_of_a_call_nor_a_call_s_one_of_these() -> None:
    keys = {PRODUCT_KEY: SECRET}
    with pytest.raises(InvalidToken):
        tokens.verify(keys, delegation.issue(SECRET, WHO, NOW), now=NOW)
    grants = tokens.Grants(room="r", room_join=True)
    call = tokens.issue(keys, tokens.Claims("p-1", grants), ttl=timedelta(hours=1), now=NOW)
    with pytest.raises(InvalidToken):
        delegation.read([SECRET], call, NOW)
