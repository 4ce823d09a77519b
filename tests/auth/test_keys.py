from datetime import timedelta

import pytest

from tests.store.samples import NOW
from visio.auth import accounts, keys
from visio.auth.keys import Keyed
from visio.errors import InvalidToken, Unprocessable
from visio.store import keys as rows
from visio.store import services
from visio.store.database import Database
from visio.store.models import Account, ApiKey

DAY = 86_400_000


async def service(database: Database) -> Account:
    async with database.transaction() as session:
        return await services.add(session, "Salle 12")


async def made(database: Database, whose: Account, *domains: str) -> tuple[ApiKey, str]:
    return await keys.make(
        database,
        whose,
        "test",
        ["rooms:write", "rooms:read"],
        NOW,
        lifetime=timedelta(days=2),
        domains=domains,
    )


async def test_a_key_acts_as_its_service_within_its_scopes(database: Database) -> None:
    room_system = await service(database)
    key, text = await made(database, room_system)
    found = await keys.find(database, text, NOW)
    assert (found.id, found.account.id) == (key.id, room_system.id)
    assert found.scopes == {"rooms:read", "rooms:write"}


async def test_the_database_does_not_know_its_text(database: Database) -> None:
    key, text = await made(database, await service(database))
    assert text.startswith("visio_")
    assert len(text) > 48
    assert text.removeprefix("visio_") not in " ".join(map(str, vars(key).values()))


async def test_a_key_is_good_until_it_expires(database: Database) -> None:
    _, text = await made(database, await service(database))
    assert isinstance(await keys.find(database, text, NOW + 2 * DAY - 1), Keyed)
    with pytest.raises(InvalidToken):
        await keys.find(database, text, NOW + 2 * DAY)


async def test_a_revoked_key_is_good_for_nothing_at_once(database: Database) -> None:
    key, text = await made(database, await service(database))
    async with database.transaction() as session:
        assert await rows.revoke(session, key.id, NOW)
        assert await rows.revoke(session, key.id, NOW + 1)  # again is no error, and changes nothing
        assert not await rows.revoke(session, "unknown", NOW)
    with pytest.raises(InvalidToken):
        await keys.find(database, text, NOW)
    async with database.transaction() as session:
        ((left, _),) = await rows.listed(session)
    assert left.revoked_at == NOW


async def test_the_keys_of_a_disabled_service_are_refused(database: Database) -> None:
    room_system = await service(database)
    _, text = await made(database, room_system)
    await accounts.disable(database, room_system.id, NOW)
    with pytest.raises(InvalidToken):
        await keys.find(database, text, NOW)
    await accounts.enable(database, room_system.id)
    assert await keys.find(database, text, NOW)


async def test_an_unknown_key_is_refused(database: Database) -> None:
    _, text = await made(database, await service(database))
    for wrong in (text[:-1], f"{text}x", text.removeprefix("visio_"), "visio_", ""):
        with pytest.raises(InvalidToken):
            await keys.find(database, wrong, NOW)


async def test_the_last_use_is_noted_once_a_minute(database: Database) -> None:
    _, text = await made(database, await service(database))
    for later, noted in ((0, 0), (59_999, 0), (60_000, 60_000)):
        await keys.find(database, text, NOW + later)
        async with database.transaction() as session:
            ((key, _),) = await rows.listed(session)
        assert key.last_used_at == NOW + noted


async def test_domains_are_kept_as_addresses_have_them(database: Database) -> None:
    room_system = await service(database)
    _, text = await made(database, room_system, "Culture.Gouv.fr", "example.org", "example.org")
    found = await keys.find(database, text, NOW)
    assert found.domains == {"culture.gouv.fr", "example.org"}


@pytest.mark.parametrize("domain", ["", "*", "a@b.fr", "é.fr", "a b", ".fr", "x" * 300, "-a.fr"])
async def test_what_is_no_domain_is_refused(database: Database, domain: str) -> None:
    with pytest.raises(Unprocessable):
        await made(database, await service(database), domain)


async def test_more_domains_than_the_column_takes_are_refused(database: Database) -> None:
    many = [f"{'x' * 60}.{number}.example.org" for number in range(20)]
    with pytest.raises(Unprocessable):
        await made(database, await service(database), *many)
