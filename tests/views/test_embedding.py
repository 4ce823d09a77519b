from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.callers import Caller, House
from tests.views.test_page import HTML, dist
from visio.store.models import Account
from visio.views.state import LIMITS

pytestmark = pytest.mark.one_database

__all__ = ["dist"]

KEEP = "/api/v1/room-callbacks"
COLLECT = f"{KEEP}/collect"
ID = "0123456789abcdef0123456789abcdef"
SITES = ["https://agenda.example.org", "https://courriel.example.org:8443"]


@pytest.fixture
def settings_of_house() -> dict[str, Any]:
    return {"embed_origins": SITES}


def policy_of(headers: Any) -> dict[str, str]:
    parts = headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


async def test_two_pages_may_be_shown_by_the_sites_that_are_allowed(
    house: House, dist: Path
) -> None:
    for path in ("/sdk/create-button?readOnly=true&slug=abc", "/embed/abc-defg-hij"):
        framed = await house.anonymous().get(path, **HTML)
        assert framed.status == 200
        assert policy_of(framed.headers)["frame-ancestors"] == " ".join(SITES)
        assert "X-Frame-Options" not in framed.headers
    whole = policy_of(framed.headers)
    ours = ("/", "/abc-defg-hij", "/embed/", "/embed/a/b")
    for path in (*ours, "/sdk/create-popup", "/sdk/settings-popup", "/sdk/x"):
        other = await house.anonymous().get(path, **HTML)
        assert policy_of(other.headers) == {**whole, "frame-ancestors": "'none'"}
        assert other.headers["X-Frame-Options"] == "DENY"
    told = (await house.anonymous().get("/api/v1/config")).json
    assert told["embedders"] == SITES


async def test_only_the_window_that_makes_a_room_talks_to_who_opened_it(
    house: House, dist: Path
) -> None:
    for path, expected in (("/sdk/create-popup", "unsafe-none"), ("/login", "same-origin")):
        answer = await house.anonymous().get(path, **HTML)
        assert answer.headers["Cross-Origin-Opener-Policy"] == expected


async def test_a_room_is_told_once_to_who_waits_for_it(house: House, ada: Account) -> None:
    host = await house.signed_in(ada)
    await house.room(ada, "restricted")
    page = house.anonymous()
    assert (await page.post(COLLECT, {"callback": ID})).json == {"room": None}
    made = {"callback": ID, "slug": "restricted-room"}
    assert (await host.post(KEEP, made)).status == 204
    other = {"callback": ID[::-1]}
    assert (await page.post(COLLECT, other)).json == {"room": None}
    expected = {"room": {"slug": "restricted-room"}}
    assert (await page.post(COLLECT, {"callback": ID})).json == expected
    assert (await page.post(COLLECT, {"callback": ID})).json == {"room": None}


async def test_nobody_is_told_of_it_later(house: House, ada: Account) -> None:
    host = await house.signed_in(ada)
    await house.room(ada, "restricted")
    await host.post(KEEP, {"callback": ID, "slug": "restricted-room"})
    house.clock.move(timedelta(minutes=10))
    assert (await house.anonymous().post(COLLECT, {"callback": ID})).json == {"room": None}


async def test_only_hosts_leave_word_of_a_room(house: House, ada: Account) -> None:
    bob = await house.account("bob@example.org")
    room = await house.room(ada, "trusted")
    await house.member(room, bob)
    caller = await house.signed_in(bob)
    made = {"callback": ID, "slug": "trusted-room"}
    assert (await caller.post(KEEP, made)).code == "not_allowed"
    assert (await caller.post(KEEP, {**made, "slug": "xyz"})).code == "room_not_found"
    for wrong in ("", "1234", ID.upper(), ID * 3):
        answer = await caller.post(KEEP, {**made, "callback": wrong})
        assert answer.code == "invalid_fields", wrong
        answer = await house.anonymous().post(COLLECT, {"callback": wrong})
        assert answer.code == "invalid_fields", wrong


async def test_other_sites_do_not_ask_themselves(house: House) -> None:
    """Not even those that may show the button: it asks, at our own origin."""
    foreign = Caller(house.server, origin=SITES[0])
    assert (await foreign.post(COLLECT, {"callback": ID})).code == "foreign_origin"


async def test_asking_too_often_has_to_wait(house: House) -> None:
    for _ in range(600):
        house.server.app[LIMITS].callbacks.failed("127.0.0.1", house.clock())
    refused = await house.anonymous().post(COLLECT, {"callback": ID})
    assert (refused.code, refused.headers["Retry-After"]) == ("too_many_attempts", "60")
