import base64
import gzip
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from livekit.protocol import models, rtc
from yarl import URL

from visio.auth import tokens
from visio.auth.tokens import Claims, Grants
from visio.livekit.join import (
    JoinIntent,
    JoinRefused,
    parse_join_request,
    read_admission,
    read_intent,
)

KEYS = {"visio": "v" * 40, "bots": "b" * 40}
NOW = 1_800_000_000_000


def token(key: str = "visio", *, ttl: int = 60, **claims: Any) -> str:
    given = {"identity": "ada", "grants": Grants(room="council", room_join=True), **claims}
    return tokens.issue(KEYS, Claims(key=key, **given), ttl=timedelta(seconds=ttl), now=NOW)


def wrap(request: rtc.JoinRequest, *, packed: bool = False) -> str:
    inner = request.SerializeToString()
    kind = rtc.WrappedJoinRequest.GZIP if packed else rtc.WrappedJoinRequest.NONE
    wrapped = rtc.WrappedJoinRequest(
        compression=kind, join_request=gzip.compress(inner) if packed else inner
    )
    return base64.urlsafe_b64encode(wrapped.SerializeToString()).decode()


def intent(
    access_token: str,
    asked: rtc.JoinRequest | None = None,
    header: str | None = None,
    user_agent: str = "",
) -> JoinIntent:
    headers = {"Authorization": header} if header is not None else {}
    headers["User-Agent"] = user_agent
    query = {"access_token": access_token, "join_request": wrap(asked or rtc.JoinRequest())}
    request = make_mocked_request("GET", str(URL("/rtc/v1").with_query(query)), headers=headers)
    return read_intent(request, KEYS, NOW)


def refusal(access_token: str, header: str | None = None) -> int:
    with pytest.raises(JoinRefused) as refused:
        intent(access_token, header=header)
    return refused.value.status


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.rule(24, client="raw")
def test_join_request_is_read_plain_and_packed(packed: bool) -> None:
    asked = rtc.JoinRequest(participant_sid="PA_1", reconnect=True)
    assert parse_join_request(wrap(asked, packed=packed)) == asked


@pytest.mark.rule(24, client="raw")
def test_join_request_without_padding_is_read() -> None:
    asked = rtc.JoinRequest(metadata="a")
    assert parse_join_request(wrap(asked).rstrip("=")) == asked


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.rule(25, client="raw")
def test_join_request_above_a_megabyte_is_refused(packed: bool) -> None:
    fits = rtc.JoinRequest(metadata="m" * (1024 * 1024 - 4))
    assert fits.ByteSize() == 1024 * 1024
    assert parse_join_request(wrap(fits, packed=packed)) == fits
    with pytest.raises(JoinRefused, match="too large"):
        parse_join_request(wrap(rtc.JoinRequest(metadata="m" * 1024 * 1024), packed=packed))


@pytest.mark.rule(25, client="raw")
def test_gzip_bomb_costs_no_more_than_the_limit() -> None:
    bomb = rtc.WrappedJoinRequest(
        compression=rtc.WrappedJoinRequest.GZIP, join_request=gzip.compress(bytes(20 * 1024**2))
    )
    with pytest.raises(JoinRefused, match="too large"):
        parse_join_request(base64.urlsafe_b64encode(bomb.SerializeToString()).decode())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    wrapped = rtc.WrappedJoinRequest(compression=rtc.WrappedJoinRequest.GZIP, join_request=raw)
    for text in (raw.decode("latin-1"), base64.urlsafe_b64encode(raw).decode()):
        try_parse(text)
    try_parse(base64.urlsafe_b64encode(wrapped.SerializeToString()).decode())


def try_parse(text: str) -> None:
    try:
        parse_join_request(text)
    except JoinRefused as refused:
        assert refused.status == 400  # noqa: PT017 - most inputs are refused, a few are not


REFUSED_TOKENS: list[tuple[str, Mapping[str, Any], int]] = [
    ("expired", {"ttl": -120}, 401),
    ("without a video claim", {"grants": None}, 401),
    ("without roomJoin", {"grants": Grants(room="council")}, 401),
    ("without an identity", {"identity": ""}, 400),
    ("without a room", {"grants": Grants(room_join=True)}, 400),
    ("identity too long", {"identity": "i" * 257}, 400),
    ("room too long", {"grants": Grants(room="r" * 257, room_join=True)}, 400),
]


@pytest.mark.parametrize(("_why", "claims", "status"), REFUSED_TOKENS)
@pytest.mark.rule(44, 50, 59, 60, client="raw")
def test_token_is_refused_with_the_status_clients_know(
    _why: str, claims: dict[str, Any], status: int
) -> None:
    assert refusal(token(**claims)) == status


@pytest.mark.rule(42, 59, client="raw")
def test_unknown_key_and_no_token_are_unauthorized() -> None:
    foreign = tokens.issue(
        {"other": "o" * 40},
        Claims("ada", Grants(room="council", room_join=True), key="other"),
        ttl=timedelta(minutes=1),
        now=NOW,
    )
    assert refusal(foreign) == 401
    assert refusal("") == 401


@pytest.mark.rule(39, client="raw")
def test_header_has_precedence_and_must_be_bearer() -> None:
    good = token()
    assert intent("nonsense", header=f"Bearer {good}").admission.claims.identity == "ada"
    assert refusal(good, header=f"Basic {good}") == 401
    assert refusal(good, header="Bearer nonsense") == 401


@pytest.mark.rule(3, client="raw")
def test_missing_join_request_is_refused() -> None:
    request = make_mocked_request("GET", str(URL("/rtc/v1").with_query(access_token=token())))
    with pytest.raises(JoinRefused, match="join_request"):
        read_intent(request, KEYS, NOW)
    assert read_admission(request, KEYS, NOW).room == "council"


@pytest.mark.rule(28, 29, 30, 54, client="raw")
def test_newcomer_is_what_token_and_request_say() -> None:
    asked = rtc.JoinRequest(
        client_info=models.ClientInfo(client_protocol=2),
        connection_settings=rtc.ConnectionSettings(auto_subscribe=True, adaptive_stream=True),
        metadata="own",
        participant_attributes={"colour": "red"},
    )
    grants = Grants(
        room="council",
        room_join=True,
        can_update_own_metadata=True,
        can_publish_sources=("camera",),
    )
    claims: dict[str, Any] = {"grants": grants, "name": "Ada", "metadata": "m"}
    claims["attributes"] = {"a": "1"}
    newcomer = intent(token(**claims), asked).newcomer
    assert (newcomer.name, newcomer.metadata) == ("Ada", "own")
    assert newcomer.attributes == {"a": "1", "colour": "red"}
    assert newcomer.auto_subscribe
    assert newcomer.adaptive_stream
    assert newcomer.client.client_protocol == 2
    assert list(newcomer.permission.can_publish_sources) == [models.CAMERA]


@pytest.mark.rule(29, 30, 55, client="raw")
def test_without_the_right_the_request_changes_nothing_about_oneself() -> None:
    asked = rtc.JoinRequest(metadata="own", participant_attributes={"colour": "red"})
    newcomer = intent(token(metadata="m", attributes={"a": "1"}), asked).newcomer
    assert (newcomer.metadata, newcomer.attributes) == ("m", {"a": "1"})


@pytest.mark.rule(27, client="raw")
def test_auto_subscribe_is_off_unless_asked() -> None:
    assert not intent(token()).newcomer.auto_subscribe


def test_our_attributes_come_only_from_our_own_tokens() -> None:
    own = Grants(room="council", room_join=True, can_update_own_metadata=True)
    asked = rtc.JoinRequest(participant_attributes={"visio.role": "owner"})
    attributes = {"visio.role": "member"}
    ours = intent(token(grants=own, attributes=attributes), asked)
    theirs = intent(token("bots", grants=own, attributes={"visio.role": "owner", "x": "y"}), asked)
    assert ours.newcomer.attributes == {"visio.role": "member"}
    assert theirs.newcomer.attributes == {"x": "y"}


@pytest.mark.rule(54, client="raw")
def test_unknown_sources_do_not_open_all_of_them() -> None:
    grants = Grants(room="council", room_join=True, can_publish_sources=("hologram",))
    newcomer = intent(token(grants=grants)).newcomer
    assert list(newcomer.permission.can_publish_sources) == [models.UNKNOWN]


@pytest.mark.rule(248, client="raw")
def test_too_much_about_oneself_is_refused() -> None:
    own = Grants(room="council", room_join=True, can_update_own_metadata=True)
    for asked in (
        rtc.JoinRequest(metadata="x" * (512 * 1024 + 1)),
        rtc.JoinRequest(participant_attributes={"k": "v" * (64 * 1024)}),
    ):
        with pytest.raises(JoinRefused) as refused:
            intent(token(grants=own), asked)
        assert refused.value.status == 400


@pytest.mark.parametrize(
    ("user_agent", "said", "expected"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "", "Firefox"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Firefox/153.0", "Kiosk", "Kiosk"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605.1.15 FxiOS/153.0", "", ""),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36", "", ""),
    ],
)
def test_firefox_is_known_by_its_user_agent_unless_the_client_says(
    user_agent: str, said: str, expected: str
) -> None:
    asked = rtc.JoinRequest(client_info=models.ClientInfo(browser=said))
    assert intent(token(), asked, user_agent=user_agent).newcomer.client.browser == expected
