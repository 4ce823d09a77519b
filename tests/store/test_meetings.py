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


async def test_what_was_for_the_next_server_goes_with_the_end(database: Database) -> None:
    ada = await samples.account(database)
    sitting = await samples.sitting(database, await samples.room(database, ada), ada)
    async with database.transaction() as session:
        await meetings.set_spotlight(session, sitting.meeting.id, "p-1")
        await meetings.set_transcribed(session, sitting.meeting.id, NOW)
    running = await reread(database, sitting.meeting.id)
    assert (running.spotlight, running.transcribed_since) == ("p-1", NOW)
    async with database.transaction() as session:
        await meetings.end(session, sitting.meeting.id, LATER)
    ended = await reread(database, sitting.meeting.id)
    assert (ended.spotlight, ended.transcribed_since) == ("", None)


async def test_a_meeting_ends_once(database: Database) -> None:
    ada = await samples.account(database)
    sitting = await samples.sitting(database, await samples.room(database, ada), ada)
    async with database.transaction() as session:
        await meetings.end(session, sitting.meeting.id, LATER)
        await meetings.end(session, sitting.meeting.id, LATER + 1)
    assert (await reread(database, sitting.meeting.id)).ended_at == LATER


async def test_what_a_server_left_open_ran_until_the_last_thing_known(database: Database) -> None:
    ada = await samples.account(database)
    room = await samples.room(database, ada)
    sitting = await samples.sitting(database, room, ada)
    async with database.transaction() as session:
        (left,) = await meetings.unfinished(session)
        assert (left.meeting.id, left.slug, left.last_known) == (sitting.meeting.id, room.slug, NOW)
        assert [stay.id for stay in left.stays] == [sitting.participant.id]
        session.add(samples.talkspurt(sitting, started_at=5000))
    async with database.transaction() as session:
        assert [one.last_known for one in await meetings.unfinished(session)] == [NOW + 6000]
        await meetings.see(session, [sitting.meeting.id], NOW + 90_000)
    async with database.transaction() as session:
        assert [one.last_known for one in await meetings.unfinished(session)] == [NOW + 90_000]
        await meetings.end(session, sitting.meeting.id, LATER)
    async with database.transaction() as session:
        assert await meetings.unfinished(session) == []


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


async def test_what_somebody_spoke_is_not_written_after_they_left(database: Database) -> None:
    """It was on its way to the database when they did."""
    ada = await samples.account(database)
    sitting = await samples.sitting(database, await samples.room(database, ada), ada)
    async with database.transaction() as session:
        await participants.set_spoken(session, {sitting.participant.id: 12_000})
        await participants.left(session, sitting.participant.id, LATER, 12_500)
        await participants.set_spoken(session, {sitting.participant.id: 11_000})
    async with database.transaction() as session:
        assert (await session.get_one(Participant, sitting.participant.id)).spoken == 12_500


async def test_no_stay_outlasts_its_meeting(database: Database) -> None:
    """One whose leave could not be written, for example."""
    ada = await samples.account(database)
    sitting = await samples.sitting(database, await samples.room(database, ada), ada)
    async with database.transaction() as session:
        await meetings.end(session, sitting.meeting.id, LATER)
    async with database.transaction() as session:
        assert (await session.get_one(Participant, sitting.participant.id)).left_at == LATER
