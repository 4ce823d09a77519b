import pytest

from tests.store import samples
from visio.errors import SlugTaken
from visio.store import rooms
from visio.store.database import Database
from visio.store.models import Room

NOW = samples.NOW


async def test_the_owner_is_a_member_from_the_start(database: Database) -> None:
    ada = await samples.account(database)
    room = await samples.room(database, ada)
    async with database.transaction() as session:
        found = await rooms.with_role(session, room.slug, ada.id)
        stranger = await rooms.with_role(session, room.slug, None)
    assert found is not None
    assert stranger is not None
    assert (found[0].id, found[1], stranger[1]) == (room.id, "owner", None)


async def test_a_slug_names_one_room_and_the_transaction_goes_on(database: Database) -> None:
    ada = await samples.account(database)
    await samples.room(database, ada)
    async with database.transaction() as session:
        again = Room(slug="abc-defg-hij", title="", access="public", owner_id=ada.id)
        with pytest.raises(SlugTaken):
            await rooms.add(session, again)
        other = Room(slug="other", title="", access="public", owner_id=ada.id)
        await rooms.add(session, other)
    async with database.transaction() as session:
        assert await rooms.by_slug(session, "other")


async def test_a_deleted_room_is_not_found_but_keeps_its_slug(database: Database) -> None:
    ada = await samples.account(database)
    room = await samples.room(database, ada)
    async with database.transaction() as session:
        await rooms.remove(session, room.id, NOW)
    async with database.transaction() as session:
        assert await rooms.by_slug(session, room.slug) is None
        assert await rooms.with_role(session, room.slug, ada.id) is None
        assert await rooms.of_account(session, ada.id) == []
    with pytest.raises(SlugTaken):
        await samples.room(database, ada)


async def test_members_have_one_role_and_see_their_rooms(database: Database) -> None:
    ada, bob = await samples.account(database), await samples.account(database, "bob@example.org")
    room = await samples.room(database, ada)
    await samples.room(database, ada, "not-bobs")
    async with database.transaction() as session:
        await rooms.set_member(session, room.id, bob.id, "member")
        await rooms.set_member(session, room.id, bob.id, "administrator")
    async with database.transaction() as session:
        found = await rooms.of_account(session, bob.id)
    assert [(one.slug, member.role) for one, member in found] == [(room.slug, "administrator")]


async def test_a_change_touches_what_it_names(database: Database) -> None:
    room = await samples.room(database, await samples.account(database))
    async with database.transaction() as session:
        changed = await rooms.change(session, room.id, {"title": "Daily"})
    assert (changed.title, changed.access) == ("Daily", "public")
