from tests.store import samples
from visio.store import meetings, participants
from visio.store.database import Database
from visio.store.models import Meeting, Participant
from visio.store.pages import Page

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
        await participants.joined(
            session,
            sitting.meeting.id,
            "agent",
            "PA_3",
            account_id=None,
            name="",
            now=LATER,
            kind="service",
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


async def test_pages_of_a_history_hold_each_meeting_once(database: Database) -> None:
    """Also where several began at the same moment."""
    ada = await samples.account(database)
    room = await samples.room(database, ada)
    async with database.transaction() as session:
        held = [
            (await meetings.start(session, room.id, f"RM_{n}", NOW + n // 3, b"")).id
            for n in range(8)
        ]
        seen: list[str] = []
        position = None
        while page := (await meetings.history(session, ada.id, Page(3, position)))[:3]:
            position = page[-1].meeting.started_at, page[-1].meeting.id
            seen += [one.meeting.id for one in page]
    assert sorted(seen) == sorted(held)


async def test_who_was_inside_when_the_server_died_left_when_it_was_last_seen(
    database: Database,
) -> None:
    ada = await samples.account(database)
    sitting = await samples.sitting(database, await samples.room(database, ada), ada)
    async with database.transaction() as session:
        await meetings.see(session, [sitting.meeting.id], NOW + 90_000)
        await participants.set_spoken(session, {sitting.participant.id: 12_000})
    async with database.transaction() as session:
        assert await meetings.end_unfinished(session, LATER) == 1
    assert (await reread(database, sitting.meeting.id)).ended_at == NOW + 90_000
    async with database.transaction() as session:
        stay = await session.get_one(Participant, sitting.participant.id)
        assert (stay.left_at, stay.spoken) == (NOW + 90_000, 12_000)
        # What was on its way to the database when they left comes too late.
        await participants.set_spoken(session, {stay.id: 11_000})
    async with database.transaction() as session:
        assert (await session.get_one(Participant, stay.id)).spoken == 12_000


async def test_no_stay_outlasts_its_meeting(database: Database) -> None:
    """One whose leave could not be written, for example."""
    ada = await samples.account(database)
    sitting = await samples.sitting(database, await samples.room(database, ada), ada)
    async with database.transaction() as session:
        await meetings.end(session, sitting.meeting.id, LATER)
    async with database.transaction() as session:
        assert (await session.get_one(Participant, sitting.participant.id)).left_at == LATER
