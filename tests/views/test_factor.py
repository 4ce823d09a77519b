import base64
import secrets
from pathlib import Path
from typing import Any

import pytest

from tests.auth.test_factors import STEP, code_at
from tests.callers import PASSWORD, Caller, House

pytestmark = pytest.mark.one_database

SESSION = "/api/v1/session"
FACTOR = f"{SESSION}/second-factor"


@pytest.fixture
def settings_of_house(tmp_path: Path) -> dict[str, Any]:
    """A server in earnest: what is compulsory there is not in the demo."""
    (tmp_path / "master").write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    return {
        "demo": False,
        "secret_key": secrets.token_urlsafe(48),
        "master_key_file": tmp_path / "master",
    }


async def person(house: House, *, administrator: bool = False) -> Caller:
    """Somebody signed in, by a password alone."""
    return await house.signed_in(
        await house.settled("ada@example.org", administrator=administrator)
    )


async def enrol(house: House, caller: Caller) -> tuple[str, list[str]]:
    """The secret of the authenticator, and the recovery codes."""
    secret = (await caller.post(FACTOR, {"password": PASSWORD})).json["secret"]
    answer = await caller.put(FACTOR, {"code": f" {code_at(secret, house.clock())} "})
    assert answer.status == 200
    house.clock.now += 2 * STEP
    return secret, answer.json["recovery_codes"]


async def sign_in(house: House, **more: str) -> Caller:
    caller = house.anonymous()
    answer = await caller.post(SESSION, {"email": "ada@example.org", "password": PASSWORD, **more})
    assert answer.status == 200
    return caller


async def refusal(house: House, **more: str) -> str | int:
    credentials = {"email": "ada@example.org", "password": PASSWORD, **more}
    return (await house.anonymous().post(SESSION, credentials)).code


async def test_the_picture_is_drawn_here(house: House) -> None:
    caller = await person(house)
    answer = await caller.post(FACTOR, {"password": PASSWORD})
    assert answer.json["qr"].startswith("data:image/svg+xml")
    assert set(answer.json) == {"secret", "qr"}
    assert answer.headers["Cache-Control"] == "no-store"


async def test_with_a_second_factor_a_password_is_not_enough(house: House) -> None:
    caller = await person(house)
    secret, _ = await enrol(house, caller)
    assert await refusal(house) == "code_required"
    assert await refusal(house, code="000000") == "wrong_code"
    code = code_at(secret, house.clock())
    signed_in = await sign_in(house, code=code)
    assert (await signed_in.get(SESSION)).json["account"]["second_factor"] == "on"
    assert await refusal(house, code=code) == "wrong_code"


async def test_only_who_knows_the_password_learns_that_a_code_is_wanted(house: House) -> None:
    caller = await person(house)
    await enrol(house, caller)
    assert await refusal(house, password="wrong") == "invalid_credentials"
    assert await refusal(house, password="wrong", code="000000") == "invalid_credentials"


async def test_codes_cannot_be_guessed(house: House) -> None:
    caller = await person(house)
    secret, _ = await enrol(house, caller)
    answers = [await refusal(house, code="000000") for _ in range(11)]
    assert answers == ["wrong_code"] * 10 + ["too_many_attempts"]
    assert await refusal(house, code=code_at(secret, house.clock())) == "too_many_attempts"
    # Whoever is inside, in another browser, is not.
    assert (await caller.get("/api/v1/rooms")).status == 200


async def test_a_recovery_code_signs_in_once(house: House) -> None:
    caller = await person(house)
    _, codes = await enrol(house, caller)
    await sign_in(house, code=codes[0])
    assert await refusal(house, code=codes[0]) == "wrong_code"
    await sign_in(house, code=codes[1])


async def test_recovery_codes_are_renewed_for_a_code(house: House) -> None:
    caller = await person(house)
    secret, old = await enrol(house, caller)
    assert (await caller.post(f"{FACTOR}/recovery-codes", {"code": "0"})).code == "wrong_code"
    code = {"code": code_at(secret, house.clock())}
    answer = await caller.post(f"{FACTOR}/recovery-codes", code)
    assert await refusal(house, code=old[0]) == "wrong_code"
    await sign_in(house, code=answer.json["recovery_codes"][0])


async def test_setting_it_up_signs_out_elsewhere(house: House) -> None:
    caller = await person(house)
    elsewhere = await sign_in(house)
    await enrol(house, caller)
    assert (await elsewhere.get(SESSION)).code == "not_signed_in"
    assert (await caller.get(SESSION)).status == 200


async def test_a_stolen_session_neither_sets_it_up_nor_takes_it_away(house: House) -> None:
    caller = await person(house)
    assert (await caller.post(FACTOR, {"password": "wrong"})).code == "invalid_credentials"
    secret, _ = await enrol(house, caller)
    code = code_at(secret, house.clock())
    for body, refused in (
        ({"password": "wrong", "code": code}, "invalid_credentials"),
        ({"password": PASSWORD, "code": "000000"}, "wrong_code"),
    ):
        assert (await caller.post(f"{FACTOR}/removal", body)).code == refused
    assert (await caller.post(FACTOR, {"password": PASSWORD})).code == "second_factor_in_place"
    removal = {"password": PASSWORD, "code": code}
    assert (await caller.post(f"{FACTOR}/removal", removal)).status == 204
    await sign_in(house)


async def test_administrators_have_to_set_it_up_before_anything_else(house: House) -> None:
    caller = await person(house, administrator=True)
    shown = (await caller.get(SESSION)).json["account"]
    assert shown["second_factor"] == "required"
    for path in ("/api/v1/rooms", "/api/v1/accounts", "/api/v1/meetings"):
        answer = await caller.get(path)
        assert (answer.status, answer.code) == (403, "second_factor_required")
    secret, _ = await enrol(house, caller)
    assert (await caller.get("/api/v1/accounts")).status == 200
    assert (await caller.get(SESSION)).json["account"]["second_factor"] == "on"

    removal = {"password": PASSWORD, "code": code_at(secret, house.clock())}
    assert (await caller.post(f"{FACTOR}/removal", removal)).code == "not_allowed"
    again = await sign_in(house, code=code_at(secret, house.clock()))
    assert (await again.get("/api/v1/accounts")).status == 200


async def test_an_administrators_older_session_is_no_way_around(house: House) -> None:
    """One that was opened by a password alone, before or beside."""
    account = await house.account("root@example.org", administrator=True)
    weak = await house.signed_in(account)
    assert (await weak.get("/api/v1/accounts")).code == "second_factor_required"
    assert (await weak.post("/api/v1/rooms", {"title": "X"})).code == "second_factor_required"
    strong = await house.signed_in(account, strong=True)
    assert (await strong.get("/api/v1/accounts")).status == 200
