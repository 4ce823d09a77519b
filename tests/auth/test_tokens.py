import base64
import dataclasses
import hashlib
import hmac
import json
import secrets
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from livekit import api

from visio.auth.tokens import Claims, Grants, issue, verify
from visio.errors import InvalidToken

NOW = 1_700_000_000_000
SECOND = 1000
KEYS = {"visio": secrets.token_urlsafe(48), "bot": secrets.token_urlsafe(48)}
HOUR = timedelta(hours=1)
PLAIN = Claims("p-1", Grants(room="abc-defg-hij", room_join=True))

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
grants = st.builds(
    Grants,
    **{
        field.name: texts
        if field.type == "str" or field.type is str
        else st.lists(st.sampled_from(["camera", "microphone", "screen_share"])).map(tuple)
        if field.name == "can_publish_sources"
        else st.booleans()
        for field in dataclasses.fields(Grants)
    },
)
claims = st.builds(
    Claims,
    identity=texts.filter(bool),
    grants=grants,
    name=texts,
    kind=st.sampled_from(["standard", "agent", "ingress"]),
    kind_details=st.lists(st.sampled_from(["forwarded", "cloud_agent"])).map(tuple),
    metadata=texts,
    attributes=st.dictionaries(texts, texts, max_size=3),
    room_config=st.dictionaries(texts, texts, max_size=3),
    key=st.sampled_from(sorted(KEYS)),
    account=st.none() | texts.filter(bool),
    sha256=texts,
)


@given(claims)
def test_what_is_issued_is_what_is_read(said: Claims) -> None:
    assert verify(KEYS, issue(KEYS, said, ttl=HOUR, now=NOW), now=NOW) == said


@pytest.mark.parametrize(("exp", "read"), [(NOW // 1000 + 60, NOW + 60_000), (1e400, 2**40 * 1000)])
def test_the_end_of_a_token_is_read(exp: float, read: int) -> None:
    assert verify(KEYS, _signed({"exp": exp}), now=NOW).expires_at == read


def test_tokens_of_livekits_own_sdk_are_read() -> None:
    token = (
        api.AccessToken("bot", KEYS["bot"])
        .with_identity("robot")
        .with_name("Robot")
        .with_attributes({"a": "b"})
        .with_grants(
            api.VideoGrants(
                room_join=True, room="r", can_publish=False, can_publish_sources=["CAMERA"]
            )
        )
        .to_jwt()
    )
    exp = jwt.decode(token, options={"verify_signature": False})["exp"]
    read = verify(KEYS, token, now=(exp - 60) * SECOND)
    assert (read.identity, read.name, read.key) == ("robot", "Robot", "bot")
    assert read.attributes == {"a": "b"}
    assert read.grants == Grants(
        room="r",
        room_join=True,
        can_publish=False,
        can_publish_data=True,
        can_publish_sources=("camera",),
    )


def test_livekits_own_sdk_reads_ours() -> None:
    now = time.time_ns() // 1_000_000
    token = issue(KEYS, PLAIN, ttl=HOUR, now=now)
    read = api.TokenVerifier("visio", KEYS["visio"]).verify(token)
    assert read.identity == "p-1"
    assert read.video is not None
    assert (read.video.room, read.video.room_join) == ("abc-defg-hij", True)


def test_absent_grants_take_livekits_defaults() -> None:
    read = verify(KEYS, _signed({"video": {"roomJoin": True, "room": "r"}}), now=NOW).grants
    assert read == Grants(room="r", room_join=True)
    silent = verify(KEYS, _signed({"video": {"canPublish": False}}), now=NOW).grants
    assert silent is not None
    assert not silent.can_publish_data


def test_a_token_without_video_has_no_grants() -> None:
    assert verify(KEYS, _signed({}), now=NOW).grants is None


def test_identity_is_the_subject_else_the_token_id() -> None:
    assert verify(KEYS, _signed({"jti": "j"}), now=NOW).identity == "p-1"
    assert verify(KEYS, _signed({"sub": "", "jti": "j"}), now=NOW).identity == "j"
    assert verify(KEYS, _signed({"sub": ""}), now=NOW).identity == ""


@pytest.mark.parametrize(
    ("moved", "good"),
    [(0, True), (-59, True), (-61, False), (3600 + 59, True), (3600 + 61, False)],
)
def test_a_token_is_good_in_its_time_give_or_take_a_minute(moved: int, good: bool) -> None:
    token = issue(KEYS, PLAIN, ttl=HOUR, now=NOW)
    if good:
        verify(KEYS, token, now=NOW + moved * SECOND)
    else:
        with pytest.raises(InvalidToken):
            verify(KEYS, token, now=NOW + moved * SECOND)


@pytest.mark.parametrize(
    "payload",
    [
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"nbf": "yesterday"},
        {"aud": "another"},
        {"sub": 7},
        {"iss": "nobody"},
        {"iss": ""},
        {"iss": None},
        {"video": "all"},
        {"video": {"roomJoin": "yes"}},
        {"video": {"canPublishSources": "camera", "room": 1}},
        {"attributes": {"a": 1}},
        {"attributes": ["a"]},
        {"name": 1},
        {"kindDetails": [1]},
        {"kindDetails": 1},
    ],
    ids=str,
)
def test_wrong_claims_are_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        verify(KEYS, _signed(payload), now=NOW)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "None"},
        {"alg": "HS512"},
        {"alg": "RS256"},
        {"alg": ["HS256"]},
        {"jwk": {"kty": "oct", "k": "AA"}},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/chain"},
        {"x5c": ["AA"]},
        {"kid": "../../dev/null"},
        {"crit": ["exp"]},
        {"b64": False},
        {"zip": "DEF"},
    ],
    ids=str,
)
def test_headers_with_more_than_they_need_are_refused(header: dict[str, Any]) -> None:
    """T22, signed with the right secret: only the header is at fault."""
    with pytest.raises(InvalidToken):
        verify(KEYS, _signed({}, header), now=NOW)


def test_an_unsigned_token_is_refused() -> None:
    """T22."""
    unsigned = jwt.encode(_payload({}), "", algorithm="none")
    with pytest.raises(InvalidToken):
        verify(KEYS, unsigned, now=NOW)
    with pytest.raises(InvalidToken):
        verify(KEYS, _signed({}).rpartition(".")[0] + ".", now=NOW)


@pytest.mark.parametrize("where", ["header", "payload"])
def test_duplicate_claims_are_refused(where: str) -> None:
    """T22."""
    header, payload = b'{"alg":"HS256"}', json.dumps(_payload({})).encode()
    doubled = {
        "header": (b'{"alg":"none","alg":"HS256"}', payload),
        "payload": (header, payload.replace(b"{", b'{"sub":"admin",', 1)),
    }
    assert verify(KEYS, _sign(header, payload), now=NOW).identity == "p-1"
    with pytest.raises(InvalidToken):
        verify(KEYS, _sign(*doubled[where]), now=NOW)


def test_a_token_of_another_key_is_refused() -> None:
    token = issue(KEYS, PLAIN, ttl=HOUR, now=NOW)
    with pytest.raises(InvalidToken):
        verify({"visio": secrets.token_urlsafe(48)}, token, now=NOW)
    with pytest.raises(InvalidToken):
        verify({"bot": KEYS["visio"]}, token, now=NOW)


@given(st.data())
def test_one_changed_character_is_refused(data: st.DataObject) -> None:
    token = issue(KEYS, PLAIN, ttl=HOUR, now=NOW)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCabc019-_.").filter(lambda letter: letter != token[at]))
    changed = token[:at] + other + token[at + 1 :]
    if at == len(token) - 1:  # the last character has bits that no byte takes
        return
    with pytest.raises(InvalidToken):
        verify(KEYS, changed, now=NOW)


@given(st.text(max_size=200))
def test_any_text_is_refused_calmly(text: str) -> None:
    with pytest.raises(InvalidToken):
        verify(KEYS, text, now=NOW)


@pytest.mark.parametrize("part", ["[" * 5000, '"text"', "7", "{" + '"a":{' * 3000])
def test_strange_json_is_refused_calmly(part: str) -> None:
    with pytest.raises(InvalidToken):
        verify(KEYS, _sign(b'{"alg":"HS256"}', part.encode()), now=NOW)


def _payload(changes: dict[str, Any]) -> dict[str, Any]:
    payload = {"iss": "visio", "sub": "p-1", "exp": NOW // SECOND + 60, **changes}
    return {name: value for name, value in payload.items() if value is not None}


def _signed(changes: dict[str, Any], header: dict[str, Any] | None = None) -> str:
    return _sign(
        json.dumps({"alg": "HS256", "typ": "JWT", **(header or {})}).encode(),
        json.dumps(_payload(changes)).encode(),
    )


def _sign(header: bytes, payload: bytes) -> str:
    """By hand: PyJWT would not write most of these."""
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, payload))
    mac = hmac.digest(KEYS["visio"].encode(), signed, hashlib.sha256)
    return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()
