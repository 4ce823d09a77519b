"""Entities are found, sorted and counted; who is of which narrows the other lists."""

import pytest

from tests.store import samples
from visio.errors import EntityIdentifierTaken, EntityNameTaken
from visio.store import all_rooms, entities, past, people, rooms, schema
from visio.store.cursors import Part
from visio.store.database import Database
from visio.store.models import Account, Entity
from visio.store.past import Wanted
from visio.store.retention import Rule

RULE = Rule(30, 365)


async def made(database: Database, name: str, identifier: str = "") -> Entity:
    entity = Entity()
    async with database.transaction() as session:
        await entities.save(session, entity, name, identifier)
    return entity


async def shared(database: Database) -> tuple[Entity, Entity]:
    """Ada and Bob of one entity own a room together, Ada another one that is deleted; Eve is of
    none and owns one."""
    north, south = await made(database, "Préfecture du Nord", "59"), await made(database, "Sud")
    ada, bob, eve = [
        await samples.account(database, f"{name}@example.org") for name in ("ada", "bob", "eve")
    ]
    ours = await samples.room(database, ada, "ours")
    gone = await samples.room(database, ada, "gone")
    await samples.sitting(database, await samples.room(database, eve, "eves"))
    meeting = (await samples.sitting(database, ours)).meeting
    async with database.transaction() as session:
        await rooms.set_member(session, ours.id, bob.id, "owner")
        await rooms.set_member(session, ours.id, eve.id, "member")
        await rooms.remove(session, gone.id, 1)
        await entities.assign(session, [ada.id, bob.id], north.id)
        (await session.merge(meeting)).ended_at = 2
    return north, south


async def listed(database: Database, search: str = "", sort: str = "name") -> list[str]:
    async with database.transaction() as session:
        found = await entities.page(session, search, Part(sort))
        assert await entities.count(session, search) == len(found)
    return [f"{one.entity.name} {one.people} {one.rooms}" for one in found]


async def test_people_and_rooms_are_counted(database: Database) -> None:
    await shared(database)
    nord, sud = "Préfecture du Nord 2 1", "Sud 0 0"
    assert await listed(database) == [nord, sud]
    for sort in ("people", "identifier"):
        assert await listed(database, sort=sort) == [sud, nord]
    assert await listed(database, sort="created") == [nord, sud]
    assert await listed(database, "PREFECT") == await listed(database, "59") == [nord]
    assert await listed(database, "%") == []


async def test_lists_are_narrowed_to_one_or_none(database: Database) -> None:
    north, south = await shared(database)
    expected = {north.id: ("ada bob", "ours", 1), south.id: ("", "", 0), "none": ("eve", "eves", 0)}
    for entity, (names, slugs, meetings) in expected.items():
        async with database.transaction() as session:
            for search in ("", "example"):
                found = await people.listed(session, search, Part("name"), entity)
                assert " ".join(one.email.partition("@")[0] for one in found) == names
            owned = await all_rooms.page(session, "", Part("title"), entity)
            assert " ".join(one.room.slug for one in owned) == slugs
            assert await all_rooms.count(session, "", entity) == len(owned)
            wanted = Wanted(entity=entity)
            assert await past.count(session, wanted, RULE) == meetings
            assert len(await past.page(session, wanted, RULE, Part("started"))) == meetings


async def test_what_is_taken_is_refused_and_changes_nothing(database: Database) -> None:
    north, south = await shared(database)
    for name, identifier, refusal in (
        ("PREFECTURE du nord", "1", EntityNameTaken),
        ("Sud", "59", EntityIdentifierTaken),
    ):
        async with database.transaction() as session:
            row = await entities.find(session, south.id)
            assert row
            with pytest.raises(refusal):
                await entities.save(session, row, name, identifier)
    with pytest.raises(EntityNameTaken):
        await made(database, "sud")
    async with database.transaction() as session:
        found = await entities.of_identifier(session, "59")
        assert found
        assert found.id == north.id
        assert await entities.of_identifier(session, "1") is None
        sud = await entities.called(session, "SÛD")
        assert sud
        assert (sud.name, sud.identifier) == ("Sud", None)
        # Again what it is: no other has it.
        await entities.save(session, found, "Nord", "59")


async def test_people_stay_when_their_entity_goes(database: Database) -> None:
    north, _ = await shared(database)
    async with database.transaction() as session:
        row = await entities.find(session, north.id)
        assert row
        assert await entities.remove(session, row) == 2
    async with database.transaction() as session:
        assert len(await people.listed(session, "", Part("name"), entities.NONE)) == 3
        assert await entities.find(session, north.id) is None


async def test_accounts_of_before_are_of_none(empty_database_url: str) -> None:
    await schema.upgrade(empty_database_url, "0013")
    await schema.upgrade(empty_database_url)
    database = await Database.open(empty_database_url)
    north = await made(database, "Nord")
    async with database.transaction() as session:
        ada = Account(email="ada@example.org", name="Ada", entity_id=north.id)
        session.add(ada)
        await session.flush()
        # The reference itself lets go, whoever deletes.
        await session.delete(await session.get_one(Entity, north.id))
        await session.flush()
        await session.refresh(ada)
        assert ada.entity_id is None
    await database.close()
