import pytest

from tests.callers import House

pytestmark = pytest.mark.one_database


async def test_without_a_mail_server_it_is_said_to_all_alike(house: House) -> None:
    await house.settled("ada@example.org")
    answers = [
        await house.anonymous().post("/api/v1/password-links", {"email": email, "language": "fr"})
        for email in ("ada@example.org", "nobody@example.org")
    ]
    assert [answer.code for answer in answers] == ["mail_unavailable"] * 2
    assert answers[0].body == answers[1].body
    config = await house.anonymous().get("/api/v1/config")
    assert config.json["mail"] is False


async def test_nobody_is_invited_who_would_not_hear_of_it(house: House) -> None:
    root = await house.signed_in(await house.account("root@example.org", administrator=True))
    answer = await root.post("/api/v1/accounts", {"email": "ada@example.org"})
    assert answer.code == "mail_unavailable"
    assert len((await root.get("/api/v1/accounts")).json["accounts"]) == 1
