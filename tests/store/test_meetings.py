from tests.store import samples
from visio.store import meetings, participants
from visio.store.database import Database
from visio.store.models import Meeting, Participant

NOW = samples.NOW
LATER = NOW + 3_600_000


async def reread(database: Database, meeting_id: str) -> Meeting:
    async with database.transaction() as session:
        return await session.get_one(Meeting, meeting_id)


async def test_a_silent_meeting_ends_without_a_final_pass(database: Database) -> None:
    ada = await samples.account(database)
    sitting = await samples.sitting(database, await samples.room(database, ada), ada)
    async with database.transaction() as session:
        await meetings.end(session, sitting.meeting.id, LATER)
    ended = await reread(database, sitting.meeting.id)
    assert (ended.ended_at, ended.final_pass) == (LATER, "none")


async def test_a_meeting_with_talkspurts_waits_for_its_final_pass(database: Database) -> None:
    ada = await samples.account(database)
    sitting = await samples.sitting(database, await samples.room(database, ada), ada)
    async with database.transaction() as session:
        session.add(samples.talkspurt(sitting))
        await session.flush()
        await meetings.end(session, sitting.meeting.id, LATER)
    assert (await reread(database, sitting.meeting.id)).final_pass == "pending"


async def test_a_meeting_ends_once(database: Database) -> None:
    ada = await samples.account(database)
    sitting = await samples.sitting(database, await samples.room(database, ada), ada)
    async with database.transaction() as session:
        await meetings.end(session, sitting.meeting.id, LATER)
        await meetings.end(session, sitting.meeting.id, LATER + 1)
    assert (await reread(database, sitting.meeting.id)).ended_at == LATER


async def test_what_a_killed_server_left_open_ends_at_the_last_thing_known(
    database: Database,
) -> None:
    ada = await samples.account(database)
    sitting = await samples.sitting(database, await samples.room(database, ada), ada)
    async with database.transaction() as session:
        session.add(samples.talkspurt(sitting, started_at=5000))
    async with database.transaction() as session:
        assert await meetings.end_unfinished(session, LATER) == 1
        assert await meetings.end_unfinished(session, LATER) == 0
    ended = await reread(database, sitting.meeting.id)
    assert (ended.ended_at, ended.final_pass) == (NOW + 6000, "pending")
    async with database.transaction() as session:
        left = (await session.get_one(Participant, sitting.participant.id)).left_at
    assert left == NOW + 6000


async def test_an_unfinished_meeting_never_ends_in_the_future(database: Database) -> None:
    ada = await samples.account(database)
    sitting = await samples.sitting(database, await samples.room(database, ada), ada)
    async with database.transaction() as session:
        session.add(samples.talkspurt(sitting, started_at=5000))
    async with database.transaction() as session:
        await meetings.end_unfinished(session, NOW + 100)
    assert (await reread(database, sitting.meeting.id)).ended_at == NOW + 100


async def test_history_is_of_those_who_attended_and_the_owner(database: Database) -> None:
    ada = await samples.account(database)
    bob = await samples.account(database, "bob@example.org")
    eve = await samples.account(database, "eve@example.org")
    sitting = await samples.sitting(database, await samples.room(database, ada), bob)
    async with database.transaction() as session:
        session.add_all([samples.utterance(sitting, "one"), samples.utterance(sitting, "two")])
    for account, seen in ((ada, True), (bob, True), (eve, False)):
        async with database.transaction() as session:
            found = await meetings.history(session, account.id)
            assert await meetings.seen_by(session, sitting.meeting.id, account.id) is seen
        assert [one.meeting.id for one in found] == [sitting.meeting.id] * seen
        assert all((one.participants, one.utterances) == (1, 2) for one in found)


async def test_history_counts_people_not_their_connections(database: Database) -> None:
    ada = await samples.account(database)
    sitting = await samples.sitting(database, await samples.room(database, ada), ada)
    async with database.transaction() as session:
        await participants.joined(
            session, sitting.meeting.id, "p-1", "PA_2", account_id=ada.id, name="Ada", now=LATER
        )
        (attended,) = await meetings.history(session, ada.id)
    assert (attended.participants, attended.utterances) == (1, 0)


async def test_history_shows_the_newest_first(database: Database) -> None:
    ada = await samples.account(database)
    room = await samples.room(database, ada)
    async with database.transaction() as session:
        old = await meetings.start(session, room.id, "RM_1", NOW, b"")
        new = await meetings.start(session, room.id, "RM_2", LATER, b"")
        found = await meetings.history(session, ada.id)
    assert [one.meeting.id for one in found] == [new.id, old.id]
