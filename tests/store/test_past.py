from tests.store import samples
from tests.store.samples import NOW
from tests.store.walking import walk
from visio.store import meetings, participants, past, retention, rooms
from visio.store.cursors import Part
from visio.store.database import Database
from visio.store.models import Meeting
from visio.store.past import Past, Wanted
from visio.store.retention import DAY, Hold, Rule

RULE = Rule(days=30, most=365)


async def over(database: Database, slug: str, started: int = 0, length: int = 1000) -> Meeting:
    """A meeting of a room of its own that has ended."""
    owner = await samples.account(database, f"{slug}@example.org")
    room = await samples.room(database, owner, slug)
    async with database.transaction() as session:
        await rooms.change(session, room.id, {"title": slug.upper()})
        meeting = await meetings.start(session, room.id, "RM_1", NOW + started, b"")
        await meetings.end(session, meeting.id, NOW + started + length)
    return meeting


async def listed(database: Database, wanted: Wanted, part: Part) -> list[Past]:
    return await walk(
        database,
        lambda session, part: past.page(session, wanted, RULE, part),
        part,
        lambda one: (one.key, one.meeting.id),
    )


async def test_every_order_leads_through_all_meetings_once(database: Database) -> None:
    made = [
        await over(database, slug, started, length)
        for slug, started, length in (
            ("room-b", 1, 5000),
            ("room-a", 2, 4000),
            ("room-d", 2, 3000),
            ("room-c", 3, 4000),
        )
    ]
    async with database.transaction() as session:
        await retention.hold(session, made[0].id, Hold(), NOW)
    for sort in past.keys_by(RULE):
        for descending in (False, True):
            whole = await listed(database, Wanted(), Part(sort, descending, 100))
            keys = [one.key for one in whole]
            assert keys == sorted(keys, reverse=descending)  # type: ignore[type-var]
            assert len({one.meeting.id for one in whole}) == 4
            for limit in (1, 3):
                parts = await listed(database, Wanted(), Part(sort, descending, limit))
                assert [one.meeting.id for one in parts] == [one.meeting.id for one in whole]
    until = await listed(database, Wanted(), Part("until"))
    assert [one.meeting.id for one in until][-1] == made[0].id
    assert until[0].until == (until[0].meeting.ended_at or 0) + 30 * DAY


async def test_what_is_kept_is_told_and_how_many_took_part(database: Database) -> None:
    ada = await samples.account(database)
    room = await samples.room(database, ada)
    sitting = await samples.sitting(database, room, ada)
    talkspurt = samples.talkspurt(sitting)
    async with database.transaction() as session:
        session.add_all([talkspurt, samples.utterance(sitting, "words")])
        for kind in ("guest", "service"):
            await participants.joined(
                session,
                sitting.meeting.id,
                kind,
                "PA_2",
                account_id=None,
                name=kind,
                now=NOW,
                kind=kind,
            )
    running = await listed(database, Wanted(), Part("started"))
    assert running == []
    async with database.transaction() as session:
        await meetings.end(session, sitting.meeting.id, NOW + 1)
    bare = await over(database, "bare-room", started=-1)
    empty, full = await listed(database, Wanted(), Part("started"))
    assert (full.people, full.kept) == (2, ["attendance", "transcript", "sound"])
    assert (empty.meeting.id, empty.people, empty.kept) == (bare.id, 0, [])


async def test_meetings_are_found_by_their_room_their_id_and_whether_held(
    database: Database,
) -> None:
    one, other = await over(database, "room-one"), await over(database, "room-two", length=2000)
    async with database.transaction() as session:
        assert await retention.hold(session, one.id, Hold("court", "26/123"), NOW) == one.room_id

    async def found(wanted: Wanted) -> list[str]:
        ids = [one.meeting.id for one in await listed(database, wanted, Part("started"))]
        async with database.transaction() as session:
            assert await past.count(session, wanted, RULE) == len(ids)
        return ids

    assert await found(Wanted("m-one")) == await found(Wanted(one.id)) == [one.id]
    assert await found(Wanted(held=True)) == [one.id]
    assert await found(Wanted(held=False)) == [other.id]
    due = NOW + 2000 + 30 * DAY
    assert await found(Wanted(held=False, before=due)) == []
    assert await found(Wanted(held=False, before=due + 1)) == [other.id]
