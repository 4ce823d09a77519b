from datetime import timedelta

import pytest
from sqlalchemy import select

from visio.auth import accounts, sessions
from visio.store.database import Database
from visio.store.models import Account, SignIn

pytestmark = pytest.mark.one_database

NOW = 1_700_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE


@pytest.fixture
async def account(database: Database) -> Account:
    return (await accounts.create(database, "ada@example.org", "Ada"))[0]


async def test_a_token_finds_its_account(database: Database, account: Account) -> None:
    token = await sessions.open_session(database, account.id, NOW)
    found = await sessions.find_session(database, token, NOW)
    assert found is not None
    assert found.account.email == "ada@example.org"


async def test_tokens_are_256_random_bits_and_not_in_the_database(
    database: Database, account: Account
) -> None:
    token = await sessions.open_session(database, account.id, NOW)
    assert len(token) == 43
    async with database.transaction() as session:
        (row,) = await session.scalars(select(SignIn))
    assert token not in (row.id, row.account_id)


async def test_an_unknown_token_finds_nobody(database: Database, account: Account) -> None:
    await sessions.open_session(database, account.id, NOW)
    assert await sessions.find_session(database, "guess", NOW) is None


async def test_a_session_ends_after_thirty_idle_minutes(
    database: Database, account: Account
) -> None:
    token = await sessions.open_session(database, account.id, NOW)
    assert await sessions.find_session(database, token, NOW + 30 * MINUTE - 1)
    assert await sessions.find_session(database, token, NOW + 60 * MINUTE - 2)
    assert await sessions.find_session(database, token, NOW + 90 * MINUTE) is None


async def test_a_session_in_use_ends_after_twelve_hours(
    database: Database, account: Account
) -> None:
    token = await sessions.open_session(database, account.id, NOW)
    for minutes in range(0, 12 * 60, 20):
        assert await sessions.find_session(database, token, NOW + minutes * MINUTE)
    assert await sessions.find_session(database, token, NOW + 12 * HOUR - 1)
    assert await sessions.find_session(database, token, NOW + 12 * HOUR) is None


async def test_a_session_that_is_over_stays_over(database: Database, account: Account) -> None:
    token = await sessions.open_session(database, account.id, NOW)
    assert await sessions.find_session(database, token, NOW + 31 * MINUTE) is None
    assert await sessions.find_session(database, token, NOW) is None


async def test_signing_out_ends_one_session(database: Database, account: Account) -> None:
    first = await sessions.open_session(database, account.id, NOW)
    second = await sessions.open_session(database, account.id, NOW)
    await sessions.close_session(database, first)
    assert await sessions.find_session(database, first, NOW) is None
    assert await sessions.find_session(database, second, NOW)


async def test_closing_the_others_keeps_this_one(database: Database, account: Account) -> None:
    here = await sessions.open_session(database, account.id, NOW)
    there = await sessions.open_session(database, account.id, NOW)
    signed_in = await sessions.find_session(database, here, NOW)
    assert signed_in is not None
    await sessions.close_others(database, signed_in)
    assert await sessions.find_session(database, here, NOW)
    assert await sessions.find_session(database, there, NOW) is None


async def test_expired_sessions_are_forgotten_at_the_next_sign_in(
    database: Database, account: Account
) -> None:
    await sessions.open_session(database, account.id, NOW)
    await sessions.open_session(database, account.id, NOW + 12 * HOUR)
    async with database.transaction() as session:
        assert len((await session.scalars(select(SignIn))).all()) == 1


def test_limits_are_those_of_the_hosting_rules() -> None:
    """SecNumCloud hygiene (R1): at most twelve hours, at most thirty idle minutes."""
    assert timedelta(hours=12) >= sessions.LIFETIME
    assert timedelta(minutes=30) >= sessions.IDLE
