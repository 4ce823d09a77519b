from datetime import timedelta

import pytest

from tests.callers import House
from visio.auth import sessions

pytestmark = pytest.mark.one_database

SESSION = "/api/v1/session"


async def test_signing_in_opens_a_session(house: House) -> None:
    account, password = await house.with_password("ada@example.org")
    caller = house.anonymous()
    answer = await caller.post(SESSION, {"email": "Ada@Example.org ", "password": password})
    assert answer.status == 200
    assert answer.json == {
        "account": {
            "id": account.id,
            "email": "ada@example.org",
            "name": "ada",
            "administrator": False,
            "must_change_password": True,
            "has_password": True,
            "second_factor": "off",
        }
    }
    assert (await caller.get(SESSION)).json == answer.json


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(house: House) -> None:
    """T37."""
    _, password = await house.with_password("ada@example.org")
    answer = await house.anonymous().post(
        SESSION, {"email": "ada@example.org", "password": password}
    )
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("visio_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie  # plain http on localhost


async def test_wrong_credentials_are_refused_alike(house: House) -> None:
    await house.with_password("ada@example.org")
    answers = [
        await house.anonymous().post(SESSION, {"email": email, "password": "wrong"})
        for email in ("ada@example.org", "nobody@example.org")
    ]
    assert [answer.code for answer in answers] == ["invalid_credentials"] * 2
    assert answers[0].body == answers[1].body


async def test_the_sixth_failure_in_five_minutes_has_to_wait(house: House) -> None:
    _, password = await house.with_password("ada@example.org")
    wrong = {"email": "ada@example.org", "password": "wrong"}
    right = {"email": "ada@example.org", "password": password}
    for _ in range(5):
        assert (await house.anonymous().post(SESSION, wrong)).code == "invalid_credentials"
    assert (await house.anonymous().post(SESSION, right)).code == "too_many_attempts"
    other = {"email": "bob@example.org", "password": "wrong"}
    assert (await house.anonymous().post(SESSION, other)).code == "invalid_credentials"
    house.clock.move(timedelta(minutes=5))
    assert (await house.anonymous().post(SESSION, right)).status == 200


async def test_signing_in_often_is_no_failure(house: House) -> None:
    _, password = await house.with_password("ada@example.org")
    right = {"email": "ada@example.org", "password": password}
    for _ in range(7):
        assert (await house.anonymous().post(SESSION, right)).status == 200


async def test_an_address_made_up_by_the_caller_does_not_help(house: House) -> None:
    """X-Forwarded-For counts only from proxies we were told to trust."""
    wrong = {"email": "ada@example.org", "password": "wrong"}
    codes = [
        (
            await house.anonymous().post(SESSION, wrong, **{"X-Forwarded-For": f"192.0.2.{number}"})
        ).code
        for number in range(6)
    ]
    assert codes[-1] == "too_many_attempts"


async def test_nobody_is_signed_in_without_a_cookie(house: House) -> None:
    assert (await house.anonymous().get(SESSION)).code == "not_signed_in"


async def test_signing_out_ends_the_session(house: House) -> None:
    caller = await house.signed_in(await house.account("ada@example.org"))
    token = caller.cookies["visio_session"]
    assert (await caller.ask("DELETE", SESSION)).status == 204
    caller.cookies["visio_session"] = token
    assert (await caller.get(SESSION)).code == "not_signed_in"


async def test_signing_out_twice_is_fine(house: House) -> None:
    assert (await house.anonymous().ask("DELETE", SESSION)).status == 204


async def test_a_session_ends_when_it_is_idle(house: House) -> None:
    caller = await house.signed_in(await house.account("ada@example.org"))
    house.clock.move(sessions.IDLE)
    assert (await caller.get(SESSION)).code == "not_signed_in"


async def test_a_one_time_password_opens_nothing_but_its_change(house: House) -> None:
    account, password = await house.with_password("ada@example.org")
    caller = await house.signed_in(account)
    assert (await caller.get("/api/v1/rooms")).code == "password_change_required"
    change = {"current": password, "new": "a password of my own"}
    assert (await caller.put(f"{SESSION}/password", change)).status == 204
    assert (await caller.get("/api/v1/rooms")).status == 200
    answer = await house.anonymous().post(
        SESSION, {"email": "ada@example.org", "password": "a password of my own"}
    )
    assert answer.json["account"]["must_change_password"] is False


async def test_changing_the_password_signs_out_elsewhere(house: House) -> None:
    account, password = await house.with_password("ada@example.org")
    here, there = await house.signed_in(account), await house.signed_in(account)
    change = {"current": password, "new": "a password of my own"}
    assert (await here.put(f"{SESSION}/password", change)).status == 204
    assert (await here.get(SESSION)).status == 200
    assert (await there.get(SESSION)).code == "not_signed_in"


async def test_a_password_is_changed_by_who_knows_it(house: House) -> None:
    account, _ = await house.with_password("ada@example.org")
    caller = await house.signed_in(account)
    change = {"current": "wrong", "new": "a password of my own"}
    assert (await caller.put(f"{SESSION}/password", change)).code == "invalid_credentials"


async def test_a_short_password_is_refused(house: House) -> None:
    account, password = await house.with_password("ada@example.org")
    caller = await house.signed_in(account)
    change = {"current": password, "new": "short"}
    assert (await caller.put(f"{SESSION}/password", change)).code == "weak_password"


async def test_credentials_of_a_wrong_shape_are_refused(house: House) -> None:
    for body in ({}, {"email": 1, "password": "x"}, {"email": "a", "password": "b", "c": 1}, []):
        assert (await house.anonymous().post(SESSION, body)).code == "invalid_fields"
