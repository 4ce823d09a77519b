"""T22 and T27: every way an answer can be wrong, with keys and tokens of our own making."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from visio.auth import jws, oidc
from visio.auth.jws import UnknownKey
from visio.auth.oidc import Client, Flow
from visio.errors import EmailUnverified, InvalidToken, SignInFailed

NOW = 1_700_000_000_000
SECONDS = NOW // 1000
ISSUER = "https://idp.example.org"
CLIENT = Client(ISSUER, "visio", "https://visio.example.org/oidc/callback", "openid", ("eidas2",))
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
OTHER = rsa.generate_private_key(65537, 2048)
CLAIMS = {
    "iss": ISSUER,
    "aud": "visio",
    "sub": "42",
    "nonce": "n",
    "iat": SECONDS,
    "exp": SECONDS + 300,
}
REFUSED = (InvalidToken, UnknownKey)
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
ENDS = {
    **{name: CLAIMS[name] for name in ("iss", "aud", "sub", "iat", "exp")},
    "jti": "1",
    "events": {LOGOUT: {}},
}


def public(key: Any, kid: str, alg: str, **more: Any) -> dict[str, Any]:
    kind: Any = jwt.algorithms.RSAAlgorithm if alg[0] in "RP" else jwt.algorithms.ECAlgorithm
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": alg, **more}


KEYS = [public(RSA, "r", "RS256", use="sig"), public(EC, "e", "ES256")]


def signed(claims: dict[str, Any], key: Any = RSA, alg: str = "RS256", **header: Any) -> str:
    return jwt.encode(claims, key, algorithm=alg, headers={"kid": "r", **header})


def raw(header: dict[str, Any], payload: str, signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), payload.encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def check(token: str) -> dict[str, Any]:
    return oidc.check_id_token(KEYS, token, CLIENT, "n", NOW)


def test_right_tokens_are_taken() -> None:
    assert check(signed(CLAIMS))["sub"] == "42"
    assert check(signed(CLAIMS, EC, "ES256", kid="e"))["sub"] == "42"
    assert check(signed({**CLAIMS, "aud": ["visio", "x"], "azp": "visio"}))["sub"] == "42"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"},
        {"iss": f"{ISSUER}/"},
        {"iss": None},
        {"aud": "other"},
        {"aud": []},
        {"aud": None},
        {"aud": ["visio", "other"]},
        {"aud": ["visio", "other"], "azp": "other"},
        {"azp": "other"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": SECONDS - 61},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"nbf": SECONDS + 61},
        {"nbf": "now"},
        {"iat": None},
        {"sub": ""},
        {"sub": None},
        {"sub": 42},
        {"sub": "x" * 256},
    ],
    ids=str,
)
def test_wrong_claims_are_refused(changed: dict[str, Any]) -> None:
    claims = {name: one for name, one in {**CLAIMS, **changed}.items() if one is not None}
    token = signed(claims) if isinstance(claims.get("sub", ""), str) else forged_types(claims)
    with pytest.raises(InvalidToken):
        check(token)


def forged_types(claims: dict[str, Any]) -> str:
    """Signed rightly: PyJWT would not write these."""
    head = {"alg": "RS256", "kid": "r"}
    body = raw(head, json.dumps(claims)).rsplit(".", 1)[0]
    algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    signature = algorithm.sign(body.encode(), RSA)
    return f"{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


@pytest.mark.parametrize(
    "token",
    [
        raw({"alg": "none"}, json.dumps(CLAIMS)),
        raw({"alg": "none", "kid": "r"}, json.dumps(CLAIMS)),
        raw({"alg": "NONE", "kid": "r"}, json.dumps(CLAIMS)),
        raw({"alg": "RS256", "kid": "r"}, json.dumps(CLAIMS)),
        raw({"kid": "r"}, json.dumps(CLAIMS)),
        signed(CLAIMS, OTHER),
        signed(CLAIMS, OTHER, kid="../../r"),
        signed(CLAIMS, RSA, "RS512"),
        signed(CLAIMS, RSA, "PS256"),
        signed(CLAIMS, RSA, kid="e"),
        signed(CLAIMS, OTHER, jwk=public(OTHER, "r", "RS256")),
        signed(CLAIMS, RSA, jwk=public(RSA, "r", "RS256")),
        signed(CLAIMS, RSA, jku="https://evil.example/keys"),
        signed(CLAIMS, RSA, x5u="https://evil.example/certificate"),
        signed(CLAIMS, RSA, x5c=["AAAA"]),
        signed(CLAIMS, RSA, crit=["exp"]),
        raw({"alg": "RS256", "kid": "r"}, '{"sub": "42", "sub": "43"}', b"x"),
        "",
        "a.b",
        "a.b.c",
        "x" * 40_000,
    ],
    ids=lambda token: token[:40],
)
def test_wrong_signatures_and_headers_are_refused(token: str) -> None:
    with pytest.raises(REFUSED):
        check(token)


@pytest.mark.parametrize("text", [Encoding.PEM, Encoding.DER])
def test_a_public_key_is_no_shared_secret(text: Encoding) -> None:
    """CVE-2026-48526 and its elders: HS256 with what everybody can read."""
    known = RSA.public_key().public_bytes(text, PublicFormat.SubjectPublicKeyInfo)
    body = raw({"alg": "HS256", "kid": "r"}, json.dumps(CLAIMS)).rsplit(".", 1)[0]
    signature = hmac.digest(known, body.encode(), hashlib.sha256)
    token = f"{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
    with pytest.raises(InvalidToken):
        check(token)


def test_a_shared_key_among_the_published_ones_verifies_nothing() -> None:
    secret = b"x" * 32
    oct_key = {"kty": "oct", "k": base64.urlsafe_b64encode(secret).decode(), "kid": "o"}
    token = jwt.encode(CLAIMS, secret, algorithm="HS256", headers={"kid": "o"})
    with pytest.raises(InvalidToken):
        jws.verify([oct_key], token)


def test_a_key_for_encryption_signs_nothing() -> None:
    with pytest.raises(UnknownKey):
        jws.verify([public(RSA, "r", "RS256", use="enc")], signed(CLAIMS))


def test_an_unknown_key_is_told_apart_so_that_keys_are_read_again() -> None:
    with pytest.raises(UnknownKey):
        check(signed(CLAIMS, kid="new"))


def test_without_a_name_only_a_single_key_can_be_meant() -> None:
    token = jwt.encode(CLAIMS, RSA, algorithm="RS256")
    assert check(token)["sub"] == "42"
    with pytest.raises(InvalidToken):
        jws.verify([*KEYS, public(OTHER, "second", "RS256")], token)


def test_a_logout_token_is_taken() -> None:
    ends = {name: value for name, value in ENDS.items() if name != "sub"}
    for claims in (ENDS, {**ENDS, "sid": "s"}, {**ends, "sid": "s"}):
        assert oidc.check_logout_token(KEYS, signed(claims, typ="logout+jwt"), CLIENT, NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"},
        {"aud": "other"},
        {"iat": SECONDS - 121},
        {"iat": SECONDS + 121},
        {"iat": None},
        {"exp": SECONDS - 61},
        {"exp": None},
        {"events": None},
        {"events": {"other": {}}},
        {"events": {LOGOUT: True}},
        {"events": [LOGOUT]},
        {"nonce": "n"},
        {"jti": None},
        {"sub": None},
    ],
    ids=str,
)
def test_wrong_logout_tokens_are_refused(changed: dict[str, Any]) -> None:
    claims = {name: one for name, one in {**ENDS, **changed}.items() if one is not None}
    with pytest.raises(InvalidToken):
        oidc.check_logout_token(KEYS, signed(claims), CLIENT, NOW)


def test_a_token_of_another_kind_ends_nothing() -> None:
    for token in (signed(CLAIMS), signed(ENDS, typ="at+jwt")):
        with pytest.raises(InvalidToken):
            oidc.check_logout_token(KEYS, token, CLIENT, NOW)


@pytest.mark.parametrize(
    "changed", [{"iss": None}, {"aud": "other"}, {"exp": SECONDS - 61}], ids=str
)
def test_wrong_signed_userinfo_is_refused(changed: dict[str, Any]) -> None:
    said = {"iss": ISSUER, "aud": "visio", "sub": "42"}
    assert oidc.check_userinfo(KEYS, signed(said), CLIENT, NOW)["sub"] == "42"
    claims = {name: one for name, one in {**said, **changed}.items() if one is not None}
    with pytest.raises(InvalidToken):
        oidc.check_userinfo(KEYS, signed(claims), CLIENT, NOW)


def who(userinfo: dict[str, Any], *, trusted: bool = False, **more: Any) -> oidc.Person:
    claims = {**CLAIMS, **more}
    return oidc.person(claims, {"sub": "42", **userinfo}, CLIENT.acr, trust_email=trusted)


VOUCHED = {"email": "ada@gouv.fr", "email_verified": True}


def test_userinfo_of_somebody_else_is_refused() -> None:
    with pytest.raises(SignInFailed):
        who({**VOUCHED, "sub": "43"})


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Ada Lovelace"}, "Ada Lovelace"),
        ({"given_name": "Ada", "family_name": "Lovelace"}, "Ada Lovelace"),
        ({"given_name": "Ada", "usual_name": "King", "name": "x"}, "Ada King"),
        ({"name": "Ada\n\u202eecalevoL\x00"}, "Ada ecalevoL"),
        ({"name": "<script>" * 40}, ("<script>" * 40)[:100]),
        ({"name": ["Ada"]}, ""),
        ({}, ""),
    ],
)
def test_names_are_one_line(claims: dict[str, Any], name: str) -> None:
    assert who({**VOUCHED, **claims}).name == name


@pytest.mark.parametrize(("acr", "strong"), [("eidas2", True), ("eidas1", False), (None, False)])
def test_only_the_levels_asked_for_are_strong(acr: str | None, strong: bool) -> None:
    """And only of the ID token, which answers our request."""
    assert who({**VOUCHED, "acr": "eidas2"}, acr=acr).strong is strong


@pytest.mark.parametrize(
    "email",
    [
        "ada@evil.example@gouv.fr",
        "ada@gouv.fr@evil.example",
        '"ada@evil.example"@gouv.fr',
        '"ada"@gouv.fr',
        "ada(comment)@gouv.fr",
        "(comment)ada@gouv.fr",
        "ada@gouv.fr(evil.example)",
        "ada@gouv.fr.",
        "ada@.gouv.fr",
        "ada@gouv..fr",
        "ada.@gouv.fr",
        ".ada@gouv.fr",
        "ada@gouv.fr,eve@evil.example",
        "ada@gouv.fr;eve@evil.example",
        "eve@evil.example ada@gouv.fr",
        "ada@gouv.fr\neve@evil.example",
        "ada@gouv.fr\r\nBcc: eve@evil.example",
        "ada\x00@gouv.fr",
        "ada@gouv.fr\x00.evil.example",
        "ada@g\u043euv.fr",
        "ada@gouv\u3002fr",
        "ada@gouv.fr\u200b",
        "\u202eada@gouv.fr",
        "ad\u00e0@gouv.fr",
        "Ada <ada@gouv.fr>",
        "<ada@gouv.fr>",
        "mailto:ada@gouv.fr",
        "ada@[127.0.0.1]",
        "ada@-gouv.fr",
        "ada@",
        "@gouv.fr",
        "ada",
        "",
        "a" * 250 + "@gouv.fr",
        ["ada@gouv.fr"],
        None,
    ],
    ids=repr,
)
def test_spellings_of_addresses_that_might_be_read_otherwise_count_for_nothing(email: Any) -> None:
    """T27: even where the provider vouches for them."""
    with pytest.raises(EmailUnverified):
        who({"email": email, "email_verified": True}, trusted=True)


@pytest.mark.parametrize("verified", [False, None, "true", 1, "false", {}])
def test_an_address_counts_only_once_it_is_verified(verified: Any) -> None:
    for trusted in (False, True):
        with pytest.raises(EmailUnverified):
            who({"email": "ada@gouv.fr", "email_verified": verified}, trusted=trusted)


def test_silence_about_an_address_counts_only_where_it_is_trusted() -> None:
    with pytest.raises(EmailUnverified):
        who({"email": "ada@gouv.fr"})
    assert who({"email": "Ada@Gouv.fr"}, trusted=True).email == "ada@gouv.fr"


def test_a_word_about_one_address_does_not_vouch_for_another() -> None:
    """Address in the ID token, `verified` in the UserInfo: they may be about two."""
    with pytest.raises(EmailUnverified):
        who({"email": "eve@evil.example", "email_verified": True}, email="ada@gouv.fr")


@pytest.mark.parametrize(
    "query",
    [
        {"code": ["c"]},
        {"code": ["c"], "state": [""]},
        {"code": ["c"], "state": ["ß"]},
        {"code": ["c", "d"], "state": ["s"]},
        {"code": ["c"], "state": ["s", "s"]},
        {"state": ["s"]},
        {"code": ["c"], "state": ["s"], "error": ["access_denied"]},
        {"code": ["c"], "state": ["s"], "iss": ["https://evil.example"]},
    ],
    ids=str,
)
def test_wrong_answers_are_refused(query: dict[str, list[str]]) -> None:
    flow = Flow("s", "n", "v", NOW)
    assert oidc.code_of({"code": ["c"], "state": ["s"]}, flow, ISSUER, iss=False) == "c"
    with pytest.raises(SignInFailed):
        oidc.code_of(query, flow, ISSUER, iss=False)


def test_a_provider_that_names_itself_has_to() -> None:
    flow, query = Flow("s", "n", "v", NOW), {"code": ["c"], "state": ["s"]}
    with pytest.raises(SignInFailed):
        oidc.code_of(query, flow, ISSUER, iss=True)
    assert oidc.code_of({**query, "iss": [ISSUER]}, flow, ISSUER, iss=True) == "c"


def test_what_a_flow_holds_is_not_shown() -> None:
    flow = Flow.begin("/", NOW, strong=False)
    assert not [one for one in (flow.state, flow.nonce, flow.verifier) if one in repr(flow)]
    assert Flow.read(flow.text(), NOW) == flow


HOSTILE: list[object] = [
    "1" * 101,
    "13002526500013\x00",
    "13002526500013\n",
    "\ud800",
    "\u202e13002526500013",
    13002526500013,
    ["13002526500013"],
    {"siret": "13002526500013"},
    True,
    None,
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_claim_names_no_entity(value: object) -> None:
    """T27."""
    claims = {**CLAIMS, **VOUCHED, "siret": value}
    found = oidc.person(claims, {}, (), trust_email=False, entity_claim="siret")
    assert found.entity == ""


def test_the_claim_that_is_set_names_the_entity() -> None:
    """T27: from either verified answer, and never from another claim."""
    userinfo = {**VOUCHED, "sub": "42", "siret": " 13002526500013 "}
    for claim, entity in (("siret", "13002526500013"), ("siren", ""), ("", None)):
        found = oidc.person(CLAIMS, userinfo, (), trust_email=False, entity_claim=claim)
        assert found.entity == entity
