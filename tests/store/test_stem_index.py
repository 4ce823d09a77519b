"""Words are found, and nothing said lies in the files of the database."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, make_url, select, text, update

from tests.store import samples
from tests.store.samples import Sitting, account, room, said, sitting
from visio.indexing import Indexing
from visio.search import Search, search
from visio.store import meetings, retention, stem_index, utterances
from visio.store.database import Database
from visio.store.models import Account, Meeting, Utterance, UtteranceStem
from visio.store.sealing import Keyring
from visio.store.utterances import Spoken


@pytest.fixture
async def ada(database: Database) -> Account:
    return await account(database)


@pytest.fixture
async def met(database: Database, ada: Account) -> Sitting:
    return await sitting(database, await room(database, ada), ada)


async def found(database: Database, who: Account, words: str) -> list[str]:
    passages = await search(database, samples.KEYRING, Search(who.id, words, 20))
    return ["".join(part.text for part in one.parts) for one in passages]


async def stems(database: Database) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(UtteranceStem)) or 0


async def test_all_words_are_to_be_found_in_one_passage(
    database: Database, ada: Account, met: Sitting
) -> None:
    await said(database, met, "Le budget de la mairie.", "Un budget", "La mairie.")
    await said(database, met, "The mayor's budgets", started_at=9000, language="en")
    assert await found(database, ada, "mairies budget") == ["Le budget de la mairie."]
    assert await found(database, ada, "budget") == [
        "Le budget de la mairie.",
        "Un budget",
        "The mayor's budgets",
    ]
    assert await found(database, ada, "absent") == []


async def test_only_what_one_may_read_is_found(
    database: Database, ada: Account, met: Sitting
) -> None:
    await said(database, met, "Le budget")
    eve, bob = await account(database, "eve@example.org"), await account(database, "bob@x.org")
    place = await room(database, ada, "other-room")
    there = await sitting(database, place, bob)
    await said(database, there, "Un autre budget")
    assert await found(database, eve, "budget") == []
    assert await found(database, bob, "budget") == ["Un autre budget"]
    assert sorted(await found(database, ada, "budget")) == ["Le budget", "Un autre budget"]


async def test_the_same_word_has_another_tag_in_another_meeting(
    database: Database, ada: Account, met: Sitting
) -> None:
    other = await sitting(database, await room(database, ada, "other-room"), ada)
    await said(database, met, "budget", "budget")
    await said(database, other, "budget")
    async with database.transaction() as session:
        rows = await session.execute(select(UtteranceStem.tag, func.count()).group_by("tag"))
        assert sorted(count for _, count in rows) == [1, 2]


async def test_a_line_that_is_replaced_or_gone_is_not_found(
    database: Database, ada: Account, met: Sitting
) -> None:
    await said(database, met, "Le budget", "La mairie")
    async with database.transaction() as session:
        first, second = await utterances.spoken(session, met.meeting.id)
        await utterances.replace(session, first, [Spoken(0, 1, "La voirie")], met.key)
        await stem_index.set_text(session, second.id, "Les écoles", "fr", met.key)
    assert await found(database, ada, "budget") == []
    assert await found(database, ada, "voirie") == ["La voirie"]
    assert await found(database, ada, "école") == ["La mairie"]  # its text is another's affair
    async with database.transaction() as session:
        await utterances.erase(session, met.meeting.id, "p-1")
    assert await stems(database) == 0


async def test_the_index_goes_with_its_meeting(database: Database, met: Sitting) -> None:
    await said(database, met, "Le budget")
    assert await stems(database) == 1
    async with database.transaction() as session:
        await meetings.end(session, met.meeting.id, samples.NOW + 1)
    async with database.transaction() as session:
        await retention.delete_meeting(session, met.meeting.id)
    assert await stems(database) == 0


async def test_what_was_said_before_is_indexed_once_and_after_a_stop(
    database: Database, ada: Account, met: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.indexing._AT_ONCE", 2)
    await said(database, met, *(f"Le budget {number}" for number in range(5)))
    async with database.transaction() as session:
        await session.execute(delete(UtteranceStem))
        await session.execute(update(Meeting).values(stems_version=0))
        row = (await session.scalars(select(Utterance).order_by(Utterance.id).limit(1))).one()
        # A server was stopped in the middle.
        opened = utterances.opened(row, met.key)
        await stem_index.set_text(session, row.id, opened, row.language, met.key)
    strange = await sitting(
        database, await room(database, ada, "strange"), keyring=Keyring(bytes(range(1, 33)))
    )
    await said(database, strange, "Le budget")
    async with database.transaction() as session:
        await session.execute(update(Meeting).values(stems_version=0))
    await Indexing(database, samples.KEYRING).review()
    assert len(await found(database, ada, "budget")) == 5
    assert await stems(database) == 11
    async with database.transaction() as session:
        left = await session.scalars(select(Meeting.id).where(Meeting.stems_version == 0))
        assert left.all() == [strange.meeting.id]


async def test_a_planted_sentence_is_not_in_the_files(
    database: Database, database_url: str, ada: Account, met: Sitting, request: Any
) -> None:
    """R3: not the words, not their stems, not in the log of either database."""
    await said(database, met, "Les ornithorynques gambadent.")
    assert await found(database, ada, "ornithorynque")
    if database.dialect == "sqlite":
        folder = Path(str(make_url(database_url).database)).parent
        assert any(file.name.endswith("-wal") for file in folder.iterdir())
    else:
        folder = request.getfixturevalue("postgres").folder
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("CHECKPOINT"))
    kept = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert any(met.meeting.id.encode() in content for content in kept.values())
    for word in (b"ornithoryn", b"gambad"):
        assert [file for file, content in kept.items() if word in content.lower()] == []
