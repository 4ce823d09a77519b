import pytest

from tests.store import samples
from tests.store.samples import NOW
from tests.store.walking import walk
from visio.store import all_rooms, meetings, rooms
from visio.store.all_rooms import KEYS, Listed
from visio.store.cursors import Part
from visio.store.database import Database
from visio.store.models import Account, Room


async def named(database: Database, owner: Account, slug: str, title: str, at: int = 0) -> Room:
    async with database.transaction() as session:
        row = Room(slug=slug, title=title, access="public", owner_id=owner.id, created_at=NOW + at)
        return await rooms.add(session, row)


async def listed(database: Database, part: Part, search: str = "") -> list[Listed]:
    return await walk(
        database,
        lambda session, part: all_rooms.page(session, search, part),
        part,
        lambda one: (one.key, one.room.id),
    )


async def test_every_order_leads_through_all_rooms_once(database: Database) -> None:
    ada = await samples.account(database)
    for number, title in enumerate(("Conseil", "école", "Zèbre", "Été", "école", "Atelier")):
        room = await named(database, ada, f"room-{number}", title, at=-(number // 2))
        if number % 2:
            await samples.sitting(database, room, ada)
    for sort in KEYS:
        for descending in (False, True):
            whole = await listed(database, Part(sort, descending, limit=100))
            for limit in (1, 2, 5):
                parts = await listed(database, Part(sort, descending, limit))
                assert [one.room.id for one in parts] == [one.room.id for one in whole]
            keys = [one.key for one in whole]
            assert keys == sorted(keys, reverse=descending)  # type: ignore[type-var]
            assert len({one.room.id for one in whole}) == 6
    by_title = [one.room.title for one in await listed(database, Part("title"))]
    assert by_title == ["Atelier", "Conseil", "école", "école", "Été", "Zèbre"]
    last = await listed(database, Part("last_meeting"))
    assert [one.last_meeting for one in last] == [None] * 3 + [NOW] * 3


async def test_rooms_are_found_by_what_people_remember_of_them(database: Database) -> None:
    ada = await samples.account(database)
    bob = await samples.account(database, "bob.martin@example.org")
    await named(database, ada, "conseil-26", "Comité d’Été")
    shared = await named(database, bob, "abc-defg-hij", "100 % sûr_")
    async with database.transaction() as session:
        await rooms.set_member(session, shared.id, ada.id, "member")

    async def found(search: str) -> list[str]:
        titles = [one.room.title for one in await listed(database, Part("title"), search)]
        async with database.transaction() as session:
            assert await all_rooms.count(session, search) == len(titles)
        return titles

    assert await found("ETE") == await found("Seil-2") == ["Comité d’Été"]
    assert await found("bob.martin@") == await found("Bob.M") == ["100 % sûr_"]
    # Her part in the other room is not an owner's.
    assert await found("ada") == ["Comité d’Été"]
    # What means something in a pattern is searched for as it is.
    assert await found("%") == await found("r_") == ["100 % sûr_"]
    assert await found("o%t") == await found("nothing") == []


async def test_a_room_is_listed_with_its_owners_and_members(database: Database) -> None:
    ada, bob = await samples.account(database), await samples.account(database, "bob@example.org")
    room = await samples.room(database, ada)
    gone = await samples.room(database, ada, "gone-room")
    async with database.transaction() as session:
        await rooms.set_member(session, room.id, bob.id, "member")
        await rooms.remove(session, gone.id, NOW)
    (one,) = await listed(database, Part("slug"))
    assert [owner.id for owner in one.owners] == [ada.id]
    assert (one.members, one.last_meeting) == (2, None)
    async with database.transaction() as session:
        await rooms.set_member(session, room.id, bob.id, "owner")
        assert await all_rooms.find(session, gone.id) is None
    (one,) = await listed(database, Part("slug"))
    assert {owner.id for owner in one.owners} == {ada.id, bob.id}


async def test_another_title_is_found_and_sorted_by(database: Database) -> None:
    room = await samples.room(database, await samples.account(database))
    async with database.transaction() as session:
        await rooms.change(session, room.id, {"title": "Élan"})
    assert [one.key for one in await listed(database, Part("title"), "elan")] == ["elan"]


async def test_signs_that_become_many_fit(database: Database) -> None:
    """U+FDFA alone is eighteen letters once it is folded."""
    ada = await samples.account(database)
    await named(database, ada, "long-room", "\ufdfa" * 200)
    (one,) = await listed(database, Part("title"), "\ufdfa")
    assert isinstance(one.key, str)
    assert len(one.key) == 400


@pytest.mark.parametrize("owned", [False, True], ids=["a stranger", "another owner"])
async def test_who_is_given_a_room_sees_its_meetings_from_then_on(
    database: Database, owned: bool
) -> None:
    ada, bob = await samples.account(database), await samples.account(database, "bob@example.org")
    room = await samples.room(database, ada)
    if owned:
        async with database.transaction() as session:
            await rooms.set_member(session, room.id, bob.id, "owner")
    before = await samples.sitting(database, room)
    async with database.transaction() as session:
        former = await all_rooms.hand_over(session, room.id, bob.id, NOW + 1)
        later = await meetings.start(session, room.id, "RM_2", NOW + 1, b"")
    assert former == [ada.id]

    async def sees(account: Account) -> list[bool]:
        async with database.transaction() as session:
            history = [one.meeting.id for one in await meetings.history(session, account.id)]
            ids = (before.meeting.id, later.id)
            seen = [await meetings.seen_by(session, one, account.id) for one in ids]
        assert seen == [one in history for one in ids]
        return seen

    assert await sees(bob) == [owned, True]
    assert await sees(ada) == [False, False]
    async with database.transaction() as session:
        # Whom the new owner makes an owner sees no more than they do.
        await rooms.set_member(session, room.id, ada.id, "owner")
    assert await sees(ada) == [owned, True]
    (one,) = await listed(database, Part("slug"))
    assert one.room.owner_id == bob.id


async def test_a_room_given_to_its_owner_stays_as_it_is(database: Database) -> None:
    ada = await samples.account(database)
    room = await samples.room(database, ada)
    async with database.transaction() as session:
        assert await all_rooms.hand_over(session, room.id, ada.id, NOW) == []
        assert (await rooms.change(session, room.id, {})).handed_over_at == 0
