import logging

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from tests.callers import Caller, House
from visio.config import load
from visio.errors import Refusal
from visio.views import middleware

pytestmark = pytest.mark.one_database


async def test_refusals_are_problem_details(house: House) -> None:
    answer = await house.anonymous().get("/api/v1/session")
    assert answer.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert answer.json == {
        "type": "urn:visio:not_signed_in",
        "title": "Nobody is signed in.",
        "status": 401,
        "code": "not_signed_in",
        "detail": "Nobody is signed in.",
    }


def test_every_refusal_has_a_code_of_its_own_and_a_sentence() -> None:
    kinds = list(_kinds(Refusal))
    assert len({kind.code for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert kind.__doc__, kind
        assert kind.__doc__.endswith("."), kind
        assert kind().detail == kind.__doc__


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/api/v1/nothing", "not_found"),
        ("POST", "/api/v1/config", "method_not_allowed"),
        ("GET", "/api/", "not_found"),
    ],
)
async def test_the_api_answers_unknown_addresses_in_kind(
    house: House, method: str, path: str, code: str
) -> None:
    assert (await house.anonymous().ask(method, path)).code == code


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"{", "application/json", "bad_request"),
        (b"\xff\xfe", "application/json", "bad_request"),
        (b"email=a", "application/x-www-form-urlencoded", "bad_request"),
        (b"{}", "text/plain", "bad_request"),
        (b"[" * 50_000, "application/json", "bad_request"),
        (b'"' + b"x" * 70_000 + b'"', "application/json", "too_large"),
    ],
    ids=["cut", "not utf-8", "a form", "plain text", "deep", "large"],
)
async def test_bodies_that_cannot_be_read_are_refused(
    house: House, body: bytes, kind: str, code: str
) -> None:
    answer = await house.anonymous().send("POST", "/api/v1/session", body, kind)
    assert answer.code == code


@pytest.mark.parametrize("path", ["/%00", "/api/v1/rooms/a%00b", "/api/v1/meetings/%0d%0aX:%20y"])
async def test_addresses_with_control_characters_are_refused(house: House, path: str) -> None:
    assert b" 400 " in await house.anonymous().raw("GET", path)


@pytest.mark.parametrize("email", ["a\x00b@example.org", "a\nb@example.org"])
async def test_texts_with_control_characters_are_refused(house: House, email: str) -> None:
    body = {"email": email, "password": "x"}
    assert (await house.anonymous().post("/api/v1/session", body)).code == "invalid_fields"


@pytest.mark.parametrize(
    ("origin", "headers", "code"),
    [
        ("https://evil.example", {}, "foreign_origin"),
        ("null", {}, "foreign_origin"),
        (None, {}, "foreign_origin"),
        ("https://evil.example", {"Authorization": "Bearer x"}, "foreign_origin"),
        (None, {"Authorization": "Bearer x"}, 204),
        ("", {}, 204),
    ],
)
async def test_only_our_own_pages_change_state(
    house: House, origin: str | None, headers: dict[str, str], code: str | int
) -> None:
    """T37: forged requests."""
    caller = Caller(house.server, origin=origin)
    assert (await caller.ask("DELETE", "/api/v1/session", **headers)).code == code


async def test_reading_needs_no_origin(house: House) -> None:
    caller = Caller(house.server, origin="https://elsewhere.example")
    assert (await caller.get("/api/v1/config")).status == 200


async def test_every_answer_tells_the_browser_what_our_pages_may_do(house: House) -> None:
    """T37: no page of others' frames one of ours; T15, T38: nothing runs, nothing is sniffed."""
    for path in ("/", "/api/v1/config", "/api/v1/nothing", "/nothing.js", "/healthz"):
        headers = (await house.anonymous().get(path)).headers
        policy = dict(
            directive.split(" ", 1) for directive in headers["Content-Security-Policy"].split("; ")
        )
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
        assert policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert policy["base-uri"] == "'none'"
        assert policy["require-trusted-types-for"] == "'script'"
        assert not any("http:" in value or "*" in value for value in policy.values())
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "microphone=(self)" in headers["Permissions-Policy"]
        assert "Server" not in headers


async def test_answers_of_the_api_are_not_kept_by_caches(house: House) -> None:
    assert (await house.anonymous().get("/api/v1/config")).headers["Cache-Control"] == "no-store"


def test_https_is_asked_for_where_the_public_address_has_it() -> None:
    plain = middleware.security_headers(load(options={}))
    public = middleware.security_headers(load(options={"public_url": "https://visio.example.org"}))
    assert "Strict-Transport-Security" not in plain
    assert "max-age" in public["Strict-Transport-Security"]
    assert "wss://visio.example.org" in public["Content-Security-Policy"]


async def test_a_bug_is_logged_without_what_was_typed(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_: web.Request) -> web.StreamResponse:
        raise ZeroDivisionError

    request = make_mocked_request("GET", "/api/v1/rooms/canary-slug?access_token=canary-token")
    with caplog.at_level(logging.ERROR):
        answer = await middleware.answer_refusals(request, broken)
    assert answer.status == 500
    assert "ZeroDivisionError" in caplog.text
    assert "canary" not in caplog.text


def _kinds(of: type[Refusal]) -> list[type[Refusal]]:
    return [of, *(kind for child in of.__subclasses__() for kind in _kinds(child))]
