import asyncio

import pytest
from sqlalchemy import select

from visio.auth import accounts, links, sessions
from visio.errors import InvalidCredentials, LinkSpent, WeakPassword
from visio.store.database import Database
from visio.store.models import Account, MailedLink

NOW = 1_700_000_000_000
HOUR = 3_600_000
PASSWORD = "a password of my own"


@pytest.fixture
async def account(database: Database) -> Account:
    return await accounts.invite(database, " Ada@Example.org", "Ada")


async def test_an_invited_person_has_no_password_until_they_choose_one(
    database: Database, account: Account
) -> None:
    for password in ("", "none", "None"):
        with pytest.raises(InvalidCredentials):
            await accounts.authenticate(database, "ada@example.org", password)
    token = await links.make(database, account.id, "invitation", NOW)
    await links.use(database, token, PASSWORD, NOW)
    signed_in = await accounts.authenticate(database, "ada@example.org", PASSWORD)
    assert not signed_in.must_change_password


async def test_tokens_are_256_random_bits_and_not_in_the_database(
    database: Database, account: Account
) -> None:
    token = await links.make(database, account.id, "invitation", NOW)
    assert len(token) == 43
    async with database.transaction() as session:
        (row,) = await session.scalars(select(MailedLink))
    assert token not in (row.id, row.account_id)


@pytest.mark.parametrize(("purpose", "hours"), [("invitation", 7 * 24), ("reset", 1)])
async def test_a_link_runs_out(
    database: Database, account: Account, purpose: str, hours: int
) -> None:
    token = await links.make(database, account.id, purpose, NOW)  # type: ignore[arg-type]
    assert (await links.find(database, token, NOW + hours * HOUR - 1))[0].purpose == purpose
    for act in (
        links.find(database, token, NOW + hours * HOUR),
        links.use(database, token, PASSWORD, NOW + hours * HOUR),
    ):
        with pytest.raises(LinkSpent):
            await act


async def test_a_link_is_good_once_even_for_two_at_the_same_time(
    database: Database, account: Account
) -> None:
    token = await links.make(database, account.id, "reset", NOW)
    done = await asyncio.gather(
        *(links.use(database, token, f"{PASSWORD} {n}", NOW) for n in range(2)),
        return_exceptions=True,
    )
    assert [type(one) for one in done].count(LinkSpent) == 1
    assert done.count(None) == 1
    with pytest.raises(LinkSpent):
        await links.use(database, token, PASSWORD, NOW)


async def test_a_newer_link_replaces_an_older_one(database: Database, account: Account) -> None:
    older = await links.make(database, account.id, "reset", NOW)
    await links.make(database, account.id, "reset", NOW)
    with pytest.raises(LinkSpent):
        await links.find(database, older, NOW)


async def test_a_weak_password_leaves_the_link_good(database: Database, account: Account) -> None:
    token = await links.make(database, account.id, "invitation", NOW)
    for password in ("short", "x" * 201):
        with pytest.raises(WeakPassword):
            await links.use(database, token, password, NOW)
    await links.use(database, token, PASSWORD, NOW)


async def test_a_new_password_signs_out_everywhere(database: Database, account: Account) -> None:
    browser = await sessions.open_session(database, account.id, NOW)
    token = await links.make(database, account.id, "reset", NOW)
    await links.use(database, token, PASSWORD, NOW)
    assert await sessions.find_session(database, browser, NOW) is None


async def test_who_is_disabled_is_kept_out_at_once(database: Database) -> None:
    account, password = await accounts.create(database, "ada@example.org", "Ada")
    browser = await sessions.open_session(database, account.id, NOW)
    token = await links.make(database, account.id, "reset", NOW)
    await accounts.disable(database, account.id, NOW)
    assert await sessions.find_session(database, browser, NOW) is None
    with pytest.raises(LinkSpent):
        await links.find(database, token, NOW)
    with pytest.raises(InvalidCredentials):
        await accounts.authenticate(database, "ada@example.org", password)
    # Somebody who was in the middle of signing in:
    late = await sessions.open_session(database, account.id, NOW)
    assert await sessions.find_session(database, late, NOW) is None

    await accounts.enable(database, account.id)
    assert await accounts.authenticate(database, "ada@example.org", password)
    with pytest.raises(LinkSpent):
        await links.find(database, token, NOW)


async def test_changing_the_password_spends_links_that_are_under_way(database: Database) -> None:
    account, password = await accounts.create(database, "ada@example.org", "Ada")
    token = await links.make(database, account.id, "reset", NOW)
    await accounts.change_password(database, account, password, PASSWORD, here="")
    with pytest.raises(LinkSpent):
        await links.find(database, token, NOW)
