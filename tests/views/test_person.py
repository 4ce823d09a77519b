"""What administrators of the instance do with one account, or with several."""

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests import post
from tests.callers import Answer, Caller, House
from tests.post import PostOffice
from tests.store import samples
from visio.config import read_secrets
from visio.hub import HUB
from visio.store import audit
from visio.store.acts import Act
from visio.store.audit import Wanted
from visio.store.models import Account, OidcSubject, SecondFactor
from visio.store.sealing import Keyring

pytestmark = pytest.mark.one_database

ACCOUNTS = "/api/v1/accounts"
CHANGES = "/api/v1/account-changes"


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post.running_post() as office:
        yield office


@pytest.fixture
def settings_of_house(office: PostOffice) -> dict[str, Any]:
    return post.settings(office)


@pytest.fixture
async def me(house: House) -> Account:
    return await house.account("root@example.org", administrator=True)


@pytest.fixture
async def root(house: House, me: Account) -> Caller:
    return await house.signed_in(me)


def at(account: Account, part: str = "") -> str:
    return f"{ACCOUNTS}/{account.id}{part}"


async def acts(house: House, account: Account) -> list[str]:
    """What the audit says was done to somebody, the newest first."""
    async with house.database.transaction() as session:
        rows = await audit.page(session, Wanted(object=account.id), before=None, limit=50)
    return [row.act for row in rows]


def emails(answer: Answer) -> list[str]:
    return [one["email"] for one in answer.json["accounts"]]


async def test_people_are_searched_sorted_and_paged(house: House, root: Caller) -> None:
    for name in ("zoé", "élise", "adam"):
        await house.account(f"{name}@example.org".replace("é", "e"))
    listed = f"{ACCOUNTS}?search=EXAMPLE&sort=name&order=ascending&limit=3"
    first = await root.get(listed)
    assert emails(first) == ["adam@example.org", "elise@example.org", "root@example.org"]
    second = await root.get(f"{listed}&after={first.json['next']}")
    assert (emails(second), second.json["next"]) == (["zoe@example.org"], None)
    (shown,) = (await root.get(f"{ACCOUNTS}?search=ZO")).json["accounts"]
    assert (await root.get(f"{ACCOUNTS}/{shown['id']}")).json == shown
    assert shown["seen_at"] is None


@pytest.mark.parametrize(
    "query",
    [
        "sort=password_hash",
        "order=up",
        "limit=1001",
        "search=%00",
        f"search={'x' * 201}",
        "after=x",
        "after=WyJhIiwgIngiXQ",  # ["a", "x"]: no time
        "sort=name&after=WzEsICJ4Il0",  # [1, "x"]: no name
        "sort=name&after=WyJcdTAwMDAiLCAieCJd",  # ["\u0000", "x"]
        "sort=name&after=WyJcdWQ4MDAiLCAieCJd",  # ["\ud800", "x"]
        "unknown=1",
    ],
)
async def test_what_no_page_asks_is_refused(root: Caller, query: str) -> None:
    assert (await root.get(f"{ACCOUNTS}?{query}")).code == "invalid_fields"


async def test_the_list_is_taken_away_as_a_table_without_formulas(
    house: House, root: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.views.parts._AT_ONCE", 1)
    async with house.database.transaction() as session:
        session.add(Account(email="+ada@example.org", name="=1+1"))
        session.add(Account(email="ada.lovelace@example.org", name="Ada"))
    answer = await root.get(f"{ACCOUNTS}.csv?search=ada&sort=name&order=ascending")
    heading, ada, _ = csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))
    row = dict(zip(heading, ada, strict=True))
    assert (row["email"], row["name"]) == ("'+ada@example.org", "'=1+1")
    assert (row["administrator"], row["invited"], row["seen_at"]) == ("no", "yes", "")
    async with house.database.transaction() as session:
        wanted = Wanted(act=Act.PEOPLE_EXPORTED)
        (noted,) = await audit.page(session, wanted, before=None, limit=2)
    assert json.loads(noted.detail) == {"searched": True}


async def test_an_administrator_is_made_and_unmade(house: House, root: Caller) -> None:
    bob = await house.account("bob@example.org")
    browser = await house.signed_in(bob)
    for wanted, answered in ((True, 200), (True, 200), (False, "not_allowed")):
        assert (await root.ask("PATCH", at(bob), {"administrator": wanted})).status == 204
        assert (await browser.get(ACCOUNTS)).code == answered
    assert (await acts(house, bob))[:2] == [Act.ADMINISTRATOR_UNMADE, Act.ADMINISTRATOR_MADE]


async def test_one_administrator_who_can_sign_in_stays(
    house: House, root: Caller, me: Account
) -> None:
    """Who was invited only, or is kept out, is none."""
    ada = await house.account("ada@example.org", administrator=True)
    await root.ask("PATCH", at(ada), {"disabled": True})
    invited = {"email": "eve@example.org", "administrator": True}
    assert (await root.post(ACCOUNTS, invited)).status == 201
    demoted = {"administrator": False}
    assert (await root.ask("PATCH", at(me), demoted)).code == "last_administrator"
    await root.ask("PATCH", at(ada), {"disabled": False})
    assert (await root.ask("PATCH", at(me), demoted)).status == 204
    assert (await root.get(ACCOUNTS)).code == "not_allowed"


async def test_two_administrators_cannot_unmake_each_other(
    house: House, root: Caller, me: Account
) -> None:
    ada = await house.account("ada@example.org", administrator=True)
    adas = await house.signed_in(ada)
    assert (await adas.ask("PATCH", at(me), {"administrator": False})).status == 204
    assert (await adas.ask("PATCH", at(ada), {"administrator": False})).code == "last_administrator"
    assert (await root.ask("PATCH", at(ada), {"disabled": True})).code == "not_allowed"


async def test_all_sessions_end_but_ones_own(house: House, root: Caller, me: Account) -> None:
    bob = await house.account("bob@example.org")
    browsers = [await house.signed_in(bob), await house.signed_in(bob), await house.signed_in(me)]
    for account in (bob, me):
        assert (await root.ask("DELETE", at(account, "/sessions"))).status == 204
        assert (await acts(house, account))[0] == Act.ALL_SIGNED_OUT
    for browser in browsers:
        assert (await browser.get("/api/v1/session")).code == "not_signed_in"
    assert (await root.get("/api/v1/session")).status == 200


async def test_a_lost_authenticator_is_forgotten(house: House, root: Caller, me: Account) -> None:
    bob = await house.account("bob@example.org")
    browser = await house.signed_in(bob)
    path = at(bob, "/second-factor")
    assert (await root.ask("DELETE", path)).code == "conflict"
    async with house.database.transaction() as session:
        session.add(SecondFactor(account_id=bob.id, secret=b"", confirmed_at=1))
    assert (await root.get(at(bob))).json["second_factor"]
    assert (await root.ask("DELETE", path)).status == 204
    assert not (await root.get(at(bob))).json["second_factor"]
    assert (await browser.get("/api/v1/session")).code == "not_signed_in"
    assert (await acts(house, bob))[0] == Act.FACTOR_REMOVED
    own = await root.ask("DELETE", at(me, "/second-factor"))
    assert own.code == "own_account"


async def test_a_reset_is_mailed_to_who_has_a_password(
    house: House, root: Caller, office: PostOffice
) -> None:
    bob, eve = await house.account("bob@example.org"), await house.account("eve@example.org")
    async with house.database.transaction() as session:
        session.add(OidcSubject(issuer="https://idp", subject="1", account_id=eve.id))
        (await session.get_one(Account, eve.id)).password_hash = None
    assert (await root.post(at(bob, "/reset"), {"language": "en"})).status == 204
    shown = await house.anonymous().post(
        "/api/v1/password-links/show", {"token": await office.link()}
    )
    assert (shown.json["purpose"], shown.json["email"]) == ("reset", "bob@example.org")
    assert (await root.post(at(bob, "/invitation"), {})).code == "conflict"
    # The provider alone lets her in.
    assert (await root.post(at(eve, "/reset"), {})).code == "conflict"
    assert (await root.post(at(eve, "/invitation"), {})).code == "conflict"


async def test_several_are_changed_at_once_and_it_is_said_who_was_not(
    house: House, root: Caller, me: Account
) -> None:
    bob, eve = await house.account("bob@example.org"), await house.account("eve@example.org")
    browser = await house.signed_in(bob)
    ids = [bob.id, me.id, "gone", eve.id, bob.id]
    answer = await root.post(CHANGES, {"measure": "disable", "accounts": ids})
    assert answer.json["refused"] == [
        {"id": me.id, "email": "root@example.org", "code": "own_account"},
        {"id": "gone", "email": "", "code": "account_not_found"},
    ]
    assert (await browser.get("/api/v1/session")).code == "not_signed_in"
    assert [(await root.get(at(one))).json["disabled"] for one in (bob, eve, me)] == [1, 1, 0]
    for measure in ("disable", "enable", "sign_out"):
        again = await root.post(CHANGES, {"measure": measure, "accounts": [bob.id, eve.id]})
        assert again.json == {"refused": []}
    assert not (await root.get(at(eve))).json["disabled"]
    # What was so already is no act.
    expected = [Act.ALL_SIGNED_OUT, Act.ACCOUNT_ENABLED, Act.ACCOUNT_DISABLED]
    assert await acts(house, eve) == expected
    assert not (await audit.verify(house.database)).faults
    nobody = await root.post(CHANGES, {"measure": "disable", "accounts": []})
    assert nobody.code == "invalid_fields"


async def test_what_is_stored_is_counted_and_exported(house: House, root: Caller) -> None:
    bob = await house.account("bob@example.org")
    room = await house.room(bob)
    keyring = Keyring(read_secrets(house.config).master_key)
    sitting = await samples.sitting(house.database, room, bob, keyring=keyring)
    async with house.database.transaction() as session:
        session.add(samples.utterance(sitting, "Bonjour à tous"))
    counts = (await root.get(at(bob, "/stored"))).json["rows"]
    assert (counts["account"], counts["room_member"], counts["utterance"]) == (1, 1, 1)
    exported = await root.get(at(bob, "/export"))
    assert exported.headers["Content-Disposition"].endswith(f'person-{bob.id}.json"')
    assert exported.json["said"][0]["text"] == "Bonjour à tous"
    assert exported.json["stored"]["account"][0]["email"] == "bob@example.org"
    assert (await acts(house, bob))[:2] == [Act.PERSON_EXPORTED, Act.PERSON_SHOWN]


async def test_who_is_erased_is_gone_and_so_are_rooms_that_were_theirs_alone(
    house: House, root: Caller, office: PostOffice
) -> None:
    bob = await house.account("bob@example.org")
    await house.room(bob)
    browser = await house.signed_in(bob)
    begins = "2100-01-04T10:00"
    draft = {"room": "public-room", "title": "X", "zone": "UTC", "invitees": ["eve@example.org"]}
    draft |= {"begins": begins, "ends": "2100-01-04T11:00"}
    assert (await browser.post("/api/v1/scheduled-meetings", draft)).status == 201
    await house.enter(house.anonymous(), "public-room", name="Guest")

    wrong = await root.post(at(bob, "/erasure"), {"email": "rob@example.org"})
    assert wrong.code == "invalid_fields"
    assert (await browser.get("/api/v1/session")).status == 200

    erased = await root.post(at(bob, "/erasure"), {"email": " Bob@example.org "})
    proof = erased.json["proof"]
    assert (proof["act"], proof["object"]) == (Act.PERSON_ERASED, bob.id)
    assert json.loads(proof["detail"])["rows"]["room"] == 1
    assert (await browser.get("/api/v1/session")).code == "not_signed_in"
    assert house.server.app[HUB].opened("public-room") is None
    assert emails(await root.get(ACCOUNTS)) == ["root@example.org"]
    for method, part, body in (
        ("GET", "", None),
        ("PATCH", "", {"disabled": False}),
        ("POST", "/erasure", {"email": f"{bob.id}@erased.invalid"}),
    ):
        assert (await root.ask(method, at(bob, part), body)).code == "account_not_found"
    for method in ("REQUEST", "CANCEL"):
        parts = (await office.letter()).walk()
        assert method in {part.get_param("method") for part in parts}


async def test_nobody_erases_themselves(root: Caller, me: Account) -> None:
    answer = await root.post(at(me, "/erasure"), {"email": "root@example.org"})
    assert answer.code == "own_account"
