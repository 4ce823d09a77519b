from tests.store import samples
from visio.store import participants
from visio.store.database import Database
from visio.store.models import Participant

NOW = samples.NOW


async def test_the_first_leave_counts(database: Database) -> None:
    ada = await samples.account(database)
    sitting = await samples.sitting(database, await samples.room(database, ada), ada)
    async with database.transaction() as session:
        await participants.left(session, sitting.participant.id, NOW + 1)
        await participants.left(session, sitting.participant.id, NOW + 2)
    async with database.transaction() as session:
        assert (await session.get_one(Participant, sitting.participant.id)).left_at == NOW + 1


async def test_the_microphone_can_become_shared(database: Database) -> None:
    ada = await samples.account(database)
    sitting = await samples.sitting(database, await samples.room(database, ada), ada)
    assert not sitting.participant.shared_microphone
    async with database.transaction() as session:
        await participants.set_shared_microphone(session, sitting.participant.id, True)
        assert await participants.microphone_people(session, sitting.meeting.id) == {}
        await participants.set_shared_microphone(session, sitting.participant.id, True, 3)
    async with database.transaction() as session:
        (read,) = await participants.of_meeting(session, sitting.meeting.id)
        said = await participants.microphone_people(session, sitting.meeting.id)
    assert read.shared_microphone
    assert said == {read.id: 3}


async def test_attended_is_about_one_meeting(database: Database) -> None:
    ada = await samples.account(database)
    room = await samples.room(database, ada)
    first = await samples.sitting(database, room, identity="p-1")
    second = await samples.sitting(database, room, identity="p-2")
    async with database.transaction() as session:
        assert await participants.attended(session, first.meeting.id, "p-1")
        assert not await participants.attended(session, second.meeting.id, "p-1")
