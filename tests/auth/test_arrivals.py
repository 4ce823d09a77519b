from dataclasses import replace

import pytest

from visio.auth import accounts, arrivals, sessions
from visio.auth.oidc import Person
from visio.auth.sessions import Provided
from visio.errors import EmailTaken, EmailUnverified, SignInFailed
from visio.store.database import Database

pytestmark = pytest.mark.one_database

NOW = 1_700_000_000_000
ISSUER = "https://idp.example.org"
ADA = Person("42", "ada@gouv.fr", "Ada", strong=False)


async def arrive(database: Database, person: Person, issuer: str = ISSUER) -> str:
    return (await arrivals.account_of(database, issuer, person, ())).id


async def test_a_subject_keeps_its_account_whatever_its_address(database: Database) -> None:
    first = await arrive(database, ADA)
    assert await arrive(database, replace(ADA, email="ada.king@gouv.fr")) == first


async def test_an_address_that_went_to_another_subject_brings_no_account(
    database: Database,
) -> None:
    await arrive(database, ADA)
    with pytest.raises(EmailTaken):
        await arrive(database, replace(ADA, subject="43"))


async def test_a_subject_of_another_provider_is_somebody_else(database: Database) -> None:
    await arrive(database, ADA)
    other = replace(ADA, email="bob@gouv.fr")
    assert await arrive(database, other, "https://other.example") != await arrive(database, ADA)


async def test_an_account_that_was_there_keeps_its_rights(database: Database) -> None:
    there, _ = await accounts.create(database, "ada@gouv.fr", "A.", administrator=True)
    account = await arrivals.account_of(database, ISSUER, ADA, ())
    assert (account.id, account.administrator, account.name) == (there.id, True, "Ada")


async def test_who_is_disabled_stays_out(database: Database) -> None:
    account = await arrive(database, ADA)
    await accounts.disable(database, account, NOW)
    with pytest.raises(SignInFailed):
        await arrive(database, ADA)


@pytest.mark.parametrize("email", ["ada@evil.example", "ada@sub.gouv.fr", "ada@xgouv.fr"])
async def test_only_domains_that_are_named_get_in(database: Database, email: str) -> None:
    with pytest.raises(EmailUnverified):
        await arrivals.account_of(database, ISSUER, replace(ADA, email=email), ("gouv.fr",))
    assert await arrivals.account_of(database, ISSUER, ADA, ("gouv.fr",))


async def test_logging_out_ends_what_the_provider_began_and_nothing_newer(
    database: Database,
) -> None:
    account = await arrive(database, ADA)

    async def opened(at: int, sid: str | None) -> str:
        provided = Provided(sid, b"sealed")
        return await sessions.open_session(database, account, at, provided=provided)

    first, second = await opened(NOW, "a"), await opened(NOW, "b")
    local = await sessions.open_session(database, account, NOW)
    newer = await opened(NOW + 10_000, "a")

    async def ended(**claims: object) -> list[bool]:
        said = {"iat": NOW // 1000 + 1, **claims}
        await arrivals.end_sessions(database, ISSUER, said)
        tokens = (first, second, local, newer)
        return [await sessions.find_session(database, one, NOW) is None for one in tokens]

    assert await ended(sid="a", sub="42") == [True, False, False, False]
    assert await ended(sub="43") == [True, False, False, False]
    assert await ended(sub="42") == [True, True, False, False]
