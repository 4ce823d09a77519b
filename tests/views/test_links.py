import logging
from datetime import timedelta

import pytest

from tests.auth.test_factors import code_at
from tests.callers import PASSWORD, House
from tests.post import PostOffice

pytestmark = [pytest.mark.one_database, pytest.mark.usefixtures("office")]

LINKS = "/api/v1/password-links"
SESSION = "/api/v1/session"
NEW = "another password of my own"


def forgotten(email: str, language: str = "fr") -> dict[str, str]:
    return {"email": email, "language": language}


async def test_a_forgotten_password_is_replaced_by_mail(house: House, office: PostOffice) -> None:
    await house.settled("ada@example.org")
    caller = house.anonymous()
    assert (await caller.post(LINKS, forgotten(" Ada@example.org "))).status == 202
    token = await office.link()
    shown = await caller.post(f"{LINKS}/show", {"token": token})
    assert shown.json == {"purpose": "reset", "email": "ada@example.org", "name": "Ada"}
    use = {"token": token, "password": NEW}
    assert (await caller.post(f"{LINKS}/use", use)).status == 204
    assert (await caller.post(f"{LINKS}/use", use)).code == "link_spent"
    assert (await caller.post(f"{LINKS}/show", {"token": token})).code == "link_spent"
    credentials = {"email": "ada@example.org", "password": NEW}
    assert (await caller.post(SESSION, credentials)).status == 200


async def test_the_answer_does_not_tell_who_has_an_account(
    house: House, office: PostOffice
) -> None:
    await house.settled("ada@example.org")
    answers = [
        await house.anonymous().post(LINKS, forgotten(email))
        for email in ("nobody@example.org", "no address", "ada@example.org")
    ]
    assert {(answer.status, answer.body) for answer in answers} == {(202, b"{}")}
    assert (await office.letter())["To"] == "ada@example.org"
    assert office.empty


async def test_letters_are_in_the_language_of_the_page(house: House, office: PostOffice) -> None:
    await house.settled("ada@example.org")
    for language, greeting in (("fr", "Bonjour"), ("en", "Hello")):
        await house.anonymous().post(LINKS, forgotten("ada@example.org", language))
        assert greeting in (await office.letter()).get_content()


async def test_who_is_disabled_gets_no_letter(house: House, office: PostOffice) -> None:
    await house.settled("ada@example.org")
    root = await house.signed_in(await house.account("root@example.org", administrator=True))
    everybody = (await root.get("/api/v1/accounts")).json["accounts"]
    (ada,) = (one["id"] for one in everybody if one["email"] == "ada@example.org")
    await root.ask("PATCH", f"/api/v1/accounts/{ada}", {"disabled": True})
    await house.settled("bob@example.org")
    for email in ("ada@example.org", "bob@example.org"):
        await house.anonymous().post(LINKS, forgotten(email))
    assert (await office.letter())["To"] == "bob@example.org"


async def test_a_mailbox_is_not_filled(house: House, office: PostOffice) -> None:
    await house.settled("ada@example.org")
    await house.settled("bob@example.org")
    for email in ("ada@example.org",) * 5 + ("bob@example.org",):
        assert (await house.anonymous().post(LINKS, forgotten(email))).status == 202
    letters = [(await office.letter())["To"] for _ in range(4)]
    assert sorted(letters) == ["ada@example.org"] * 3 + ["bob@example.org"]
    house.clock.move(timedelta(minutes=15))
    await house.anonymous().post(LINKS, forgotten("ada@example.org"))
    assert (await office.letter())["To"] == "ada@example.org"


async def test_one_caller_asks_for_so_many_letters_only(house: House) -> None:
    codes = [
        (await house.anonymous().post(LINKS, forgotten(f"p{n}@example.org"))).code
        for n in range(21)
    ]
    assert codes == [202] * 20 + ["too_many_attempts"]


async def test_a_lost_letter_is_no_error_for_who_asked(house: House, office: PostOffice) -> None:
    await house.settled("ada@example.org")
    office.refusing = True
    assert (await house.anonymous().post(LINKS, forgotten("ada@example.org"))).status == 202


async def test_a_new_password_does_not_go_past_the_second_factor(
    house: House, office: PostOffice
) -> None:
    caller = await house.signed_in(await house.settled("ada@example.org"))
    begun = await caller.post(f"{SESSION}/second-factor", {"password": PASSWORD})
    code = {"code": code_at(begun.json["secret"], house.clock())}
    assert (await caller.put(f"{SESSION}/second-factor", code)).status == 200
    await caller.post(LINKS, forgotten("ada@example.org"))
    use = {"token": await office.link(), "password": NEW}
    answer = await caller.post(f"{LINKS}/use", use)
    assert (answer.status, answer.headers.getall("Set-Cookie", [])) == (204, [])
    credentials = {"email": "ada@example.org", "password": NEW}
    assert (await house.anonymous().post(SESSION, credentials)).code == "code_required"


async def test_no_password_token_or_code_is_ever_logged(
    house: House, office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    """T23, with the libraries' own words: only ids of rows may be in them."""
    with caplog.at_level(logging.DEBUG):
        _, first = await house.with_password("canary-name@example.org")
        caller = house.anonymous()
        credentials = {"email": "canary-name@example.org", "password": first}
        await caller.post(SESSION, credentials)
        await caller.post(LINKS, forgotten("canary-name@example.org"))
        token = await office.link()
        await caller.post(f"{LINKS}/show", {"token": token})
        await caller.post(f"{LINKS}/use", {"token": token, "password": "canary-password"})
        await caller.post(f"{LINKS}/use", {"token": "canary-token", "password": "x"})
        wrong = {**credentials, "password": "canary-password-2", "code": "canary-code"}
        await caller.post(SESSION, wrong)
        office.refusing = True
        await caller.post(LINKS, forgotten("canary-name@example.org"))
        await house.server.close()  # waits for the letter
    # The mail server of this test speaks for itself.
    ours = [one for one in caplog.records if not one.name.startswith("mail.")]
    assert ours
    said = "\n".join(one.getMessage() for one in ours)
    cookie = caller.cookies["visio_session"]
    assert not [secret for secret in ("canary", first, token, cookie) if secret in said]
