"""A verified claim says of which entity somebody is, and nothing else that they send does."""

from dataclasses import replace

import pytest

from tests.auth.test_arrivals import ADA, ISSUER
from visio.auth import arrivals, entities
from visio.errors import EntityNotFound
from visio.store import audit
from visio.store.acts import Act
from visio.store.audit import SERVER, Wanted
from visio.store.database import Database
from visio.store.models import Account

pytestmark = pytest.mark.one_database


async def arrive(database: Database, entity: str | None) -> Account:
    return await arrivals.account_of(database, ISSUER, replace(ADA, entity=entity), ())


async def told(database: Database) -> list[str]:
    """What the audit says of entities of accounts, the oldest first."""
    async with database.transaction() as session:
        rows = await audit.page(session, Wanted(act=Act.ENTITY_SET), before=None, limit=50)
    return [row.detail for row in reversed(rows)]


async def test_each_sign_in_says_it_anew(database: Database) -> None:
    north = await entities.create(database, "Nord", "59", by=SERVER)
    south = await entities.create(database, "Sud", "13", by=SERVER)
    expected = [
        ("59", north.id),
        ("59", north.id),
        ("13", south.id),
        ("75", None),
        ("59", north.id),
    ]
    for claim, entity_id in [*expected, ("", None)]:
        assert (await arrive(database, claim)).entity_id == entity_id
    # What stayed as it was is not written down.
    assert len(await told(database)) == 5
    assert (await told(database))[0] == f'{{"entity":"{north.id}","provider":true}}'


async def test_without_a_claim_that_counts_it_stays(database: Database) -> None:
    """Neither the address nor the name says it, whatever they are."""
    north = await entities.create(database, "gouv.fr", "gouv.fr", by=SERVER)
    account = await arrive(database, None)
    assert account.entity_id is None
    refused = await entities.assign(database, [account.id], north.id, claimed=False, by=SERVER)
    assert not refused
    assert (await arrive(database, None)).entity_id == north.id


async def test_nobody_chooses_what_a_claim_says(database: Database) -> None:
    north = await entities.create(database, "Nord", "59", by=SERVER)
    account = await arrive(database, "59")
    ids = [account.id, "unknown"]
    refused = await entities.assign(database, ids, None, claimed=True, by=SERVER)
    assert [one.refusal.code for one in refused] == ["entity_provided", "account_not_found"]
    assert (await arrive(database, "59")).entity_id == north.id
    with pytest.raises(EntityNotFound):
        await entities.assign(database, ids, "unknown", claimed=False, by=SERVER)


async def test_another_identifier_counts_from_the_next_sign_in(database: Database) -> None:
    north = await entities.create(database, "Nord", "59", by=SERVER)
    await arrive(database, "59")
    await entities.change(database, north.id, identifier="62", by=SERVER)
    assert (await arrive(database, "59")).entity_id is None
    assert (await arrive(database, "62")).entity_id == north.id
    assert await entities.delete(database, north.id, by=SERVER) == 1
    assert (await arrive(database, "62")).entity_id is None
