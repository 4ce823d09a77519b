import asyncio

from sqlalchemy import select

from tests.store import samples
from tests.store.samples import NOW, Sitting
from visio.store import consents, talkspurts, utterances
from visio.store.consents import Answer, Kind
from visio.store.database import Database
from visio.store.models import Consent, Talkspurt, Utterance, new_id
from visio.store.talkspurts import Fresh


async def met(database: Database) -> Sitting:
    """A meeting with somebody who was not asked yet."""
    ada = await samples.account(database)
    return await samples.sitting(database, await samples.room(database, ada), ada, agreed=False)


async def answer(
    database: Database,
    of: Sitting,
    granted: bool,
    now: int = NOW,
    *,
    kind: Kind = "transcription",
    erases: bool = False,
) -> bool:
    given = Answer(kind, granted, "2026-11", "fr", erases)
    async with database.transaction() as session:
        return await consents.record(session, of.participant.id, given, now)


async def allows(
    database: Database, of: Sitting, said_at: int = NOW + 100, kind: Kind = "transcription"
) -> bool:
    async with database.transaction() as session:
        return await consents.allows(session, of.participant.id, kind, said_at)


async def say(database: Database, of: Sitting, track: str = "TR_1", at: int = 100) -> bool:
    said = Fresh(new_id(), of.meeting.id, of.participant.id, track, at, 900, b"sealed", False)
    async with database.transaction() as session:
        return await talkspurts.add(session, said)


async def test_answers_are_added_and_the_newest_counts(database: Database) -> None:
    sitting = await met(database)
    assert not await allows(database, sitting)
    assert not await answer(database, sitting, True)
    assert await allows(database, sitting)
    assert await answer(database, sitting, False, NOW + 1)
    assert not await allows(database, sitting)
    assert not await answer(database, sitting, False, NOW + 2)
    async with database.transaction() as session:
        rows = await consents.of_meeting(session, sitting.meeting.id)
    shown = [(row.granted, row.wording, row.language, row.answered_at) for row in rows]
    assert shown[:2] == [(True, "2026-11", "fr", NOW), (False, "2026-11", "fr", NOW + 1)]


async def test_a_yes_to_one_is_no_yes_to_the_other(database: Database) -> None:
    sitting = await met(database)
    await answer(database, sitting, True, kind="recording")
    assert not await allows(database, sitting)
    assert await allows(database, sitting, kind="recording")


async def test_nothing_is_stored_of_whoever_does_not_agree(database: Database) -> None:
    """R20: nothing said before the yes or after the no, whatever comes from the tap."""
    sitting = await met(database)
    assert not await say(database, sitting)
    await answer(database, sitting, True, NOW + 50)
    await answer(database, sitting, False, NOW + 150)
    assert not await say(database, sitting, at=0)
    assert await say(database, sitting, at=100)
    assert not await say(database, sitting, at=200)
    async with database.transaction() as session:
        (row,) = await session.scalars(select(Talkspurt))
    assert row.started_at == 100


async def test_what_was_said_before_a_no_that_erases_is_not_stored_late(
    database: Database,
) -> None:
    sitting = await met(database)
    await answer(database, sitting, True)
    await answer(database, sitting, False, NOW + 150, erases=True)
    assert not await say(database, sitting, at=100)
    await answer(database, sitting, True, NOW + 200)
    assert not await say(database, sitting, at=100)
    assert await say(database, sitting, at=300)


async def test_a_no_and_a_talkspurt_at_once_leave_nothing(database: Database) -> None:
    """Whichever comes first: what was written before the no is erased with it."""
    sitting = await met(database)
    await answer(database, sitting, True)

    async def withdraw() -> None:
        refused = Answer("transcription", False, "2026-11", "fr", erases=True)
        async with database.transaction() as session:
            await consents.record(session, sitting.participant.id, refused, NOW + 900)
            await utterances.erase(session, sitting.meeting.id, sitting.participant.identity)

    await asyncio.gather(withdraw(), *(say(database, sitting, f"TR_{n}") for n in range(5)))
    async with database.transaction() as session:
        assert await session.scalar(select(Talkspurt.id)) is None
        assert len((await session.scalars(select(Consent))).all()) == 2


async def test_what_one_person_said_is_erased_and_nothing_of_others(database: Database) -> None:
    sitting = await met(database)
    other = await samples.sitting(
        database,
        await samples.room(
            database, await samples.account(database, "bob@example.org"), "bobs-room"
        ),
    )
    await answer(database, sitting, True)
    await say(database, sitting)
    async with database.transaction() as session:
        session.add(samples.utterance(sitting, "mine", 500))
        session.add(samples.utterance(other, "theirs"))
    async with database.transaction() as session:
        (gone,) = await utterances.erase(session, sitting.meeting.id, "p-1")
    assert (gone.started_at, gone.ended_at, gone.language) == (500, 1500, "en")
    async with database.transaction() as session:
        assert await session.scalar(select(Talkspurt.id)) is None
        assert (await session.scalars(select(Utterance.meeting_id))).all() == [other.meeting.id]


async def test_a_final_pass_does_not_bring_back_what_was_erased(database: Database) -> None:
    sitting = await met(database)
    row = samples.utterance(sitting, "mine")
    async with database.transaction() as session:
        session.add(row)
    async with database.transaction() as session:
        await utterances.erase(session, sitting.meeting.id, "p-1")
        await utterances.replace(session, row, [utterances.Spoken(0, 1, "mine")], sitting.key)
    async with database.transaction() as session:
        assert await session.scalar(select(Utterance.id)) is None
