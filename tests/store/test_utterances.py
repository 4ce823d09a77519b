import pytest

from tests.store.samples import Sitting, account, room, sitting
from visio.store import talkspurts, utterances
from visio.store.database import Database
from visio.store.models import new_id
from visio.store.sealing import SealError
from visio.store.utterances import Source, Spoken, TimedWord

WORDS = (TimedWord(0, 400, "Bonjour,", 0.9), TimedWord(500, 900, " à tous.", 0.8))


@pytest.fixture
async def met(database: Database) -> Sitting:
    return await sitting(database, await room(database, await account(database)))


async def heard(database: Database, met: Sitting, *passages: Spoken, shared: bool = False) -> str:
    """A talkspurt and its passages; returns the talkspurt's id."""
    name = new_id()
    async with database.transaction() as session:
        await talkspurts.add(
            session,
            talkspurts.Fresh(name, met.meeting.id, met.participant.id, "TR_1", 0, 900, b"", shared),
        )
        source = Source(met.meeting.id, met.participant.id, name, "fr", "whisper-base")
        utterances.add(session, source, passages, met.key)
    return name


async def test_what_was_said_is_sealed_and_opens(database: Database, met: Sitting) -> None:
    await heard(database, met, Spoken(0, 900, "Bonjour, à tous.", WORDS))
    async with database.transaction() as session:
        (row,) = await utterances.spoken(session, met.meeting.id)
    assert b"Bonjour" not in row.text
    assert b"Bonjour" not in (row.words or b"")
    assert utterances.opened(row, met.key) == "Bonjour, à tous."
    assert utterances.opened_words(row, met.key) == list(WORDS)


async def test_a_text_moved_to_another_row_does_not_open(database: Database, met: Sitting) -> None:
    await heard(database, met, Spoken(0, 1, "oui"), Spoken(2, 3, "non"))
    async with database.transaction() as session:
        one, other = await utterances.spoken(session, met.meeting.id)
        one.text = other.text
        with pytest.raises(SealError):
            utterances.opened(one, met.key)


async def test_lines_come_in_order_of_time(database: Database, met: Sitting) -> None:
    later = await heard(database, met, Spoken(500, 600, "b"), Spoken(900, 950, "c"))
    await heard(database, met, Spoken(100, 200, "a"))
    async with database.transaction() as session:
        every = await utterances.spoken(session, met.meeting.id)
        some = await utterances.of_talkspurts(session, [later])
    assert [utterances.opened(row, met.key) for row in every] == ["a", "b", "c"]
    assert [utterances.opened(row, met.key) for row in some] == ["b", "c"]


async def test_a_replaced_line_keeps_where_it_came_from(database: Database, met: Sitting) -> None:
    name = await heard(database, met, Spoken(0, 900, "Bonjour, à tous.", WORDS), shared=True)
    await heard(database, met, Spoken(2000, 2100, "elsewhere"))
    async with database.transaction() as session:
        (row,) = await utterances.of_shared_microphones(session, met.meeting.id)
        parts = [
            Spoken(0, 400, "Bonjour,", WORDS[:1], "S1"),
            Spoken(500, 900, "à tous.", WORDS[1:], "S2"),
        ]
        await utterances.replace(session, row, parts, met.key)
        await utterances.make_final(session, met.meeting.id)
    async with database.transaction() as session:
        rows = await utterances.spoken(session, met.meeting.id)
    assert [(utterances.opened(row, met.key), row.voice) for row in rows] == [
        ("Bonjour,", "S1"),
        ("à tous.", "S2"),
        ("elsewhere", None),
    ]
    assert {(row.talkspurt_id, row.language) for row in rows[:2]} == {(name, "fr")}
    assert all(row.final for row in rows)
