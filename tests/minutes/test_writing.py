"""Minutes from a real endpoint over HTTP, however it behaves."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import update

from tests.minutes.model import (
    Behaviour,
    Model,
    answers,
    is_cut,
    is_huge,
    is_nonsense,
    refuses,
    running_model,
)
from tests.store import samples
from tests.store.samples import Sitting, account, room, said, sitting
from visio.minutes import written
from visio.minutes.endpoint import Endpoint
from visio.minutes.writing import Writing
from visio.store import minutes, utterances
from visio.store.database import Database
from visio.store.minutes import Written
from visio.store.models import MeetingMinutes

pytestmark = pytest.mark.one_database


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    async with running_model() as model:
        yield model


@pytest.fixture
async def met(database: Database) -> Sitting:
    met = await sitting(database, await room(database, await account(database)))
    await said(database, met, "Bonjour.", "On achète le pont <b>.", "Ada l’envoie demain.")
    return met


class Writer:
    """Writes for a database; notes what it waits for between two tries."""

    def __init__(self, database: Database, model: Model, context: int = 8192) -> None:
        self.waited: list[float] = []
        self.now = samples.NOW
        self._database = database
        patience = 0.3 if context == 2048 else 30.0
        endpoint = Endpoint(model.url, "tiny", "a key", 500, patience, self._pause)
        self.writing = Writing(
            database, samples.KEYRING, endpoint, max(context, 2048), lambda: self.now
        )

    async def _pause(self, seconds: float) -> None:
        self.waited.append(seconds)

    async def write(self, meeting_id: str) -> MeetingMinutes:
        """Until nothing waits any more."""
        task = asyncio.create_task(self.writing.run())
        row = await self.until(meeting_id, lambda row: row.state not in minutes.UNDER_WAY)
        self.writing.stop()
        await task
        return row

    async def until(
        self, meeting_id: str, holds: Callable[[MeetingMinutes], bool]
    ) -> MeetingMinutes:
        async with asyncio.timeout(30):
            while True:
                async with self._database.transaction() as session:
                    row = await minutes.find(session, meeting_id)
                assert row
                if holds(row):
                    return row


async def asked(database: Database, met: Sitting) -> None:
    async with database.transaction() as session:
        assert await minutes.ask(session, met.meeting.id)


def opened(row: MeetingMinutes, met: Sitting) -> written.Minutes:
    text = minutes.opened(row, met.key)
    assert text
    return written.Minutes.model_validate_json(text)


async def test_minutes_are_written_in_the_language_and_name_their_lines(
    database: Database, met: Sitting, model: Model
) -> None:
    await asked(database, met)
    row = await Writer(database, model).write(met.meeting.id)
    async with database.transaction() as session:
        lines = await utterances.spoken(session, met.meeting.id)
    found = opened(row, met)
    assert (row.state, row.language, row.model, row.done, row.total) == ("done", "fr", "tiny", 1, 1)
    assert found.summary[0].sources == [lines[0].id]
    assert (found.actions[0].who, found.actions[0].when) == ("Ada", "")
    assert found.actions[0].sources == [lines[0].id]
    assert b"About line" not in (row.text or b"")
    (body,), (text,) = model.asked, model.texts()
    assert "Write in French" in body["messages"][0]["content"]
    assert text.splitlines()[1] == "[2] Guest: On achète le pont <b>."
    assert model.keys == ["Bearer a key"]


async def test_a_long_meeting_is_written_by_sections_that_fit(
    database: Database, met: Sitting, model: Model
) -> None:
    await said(database, met, *(f"Phrase {n} " + "mot " * 60 for n in range(30)))
    await asked(database, met)
    row = await Writer(database, model, context=2048).write(met.meeting.id)
    size = written.characters(2048)
    sections = [text for text in model.texts() if "Guest: " in text]
    assert len(sections) > 3
    assert all(len(text) <= size for text in model.texts())
    assert (row.state, row.done, row.total) == ("done", len(sections), len(sections) + 1)
    found = opened(row, met)
    assert len(found.summary) == 1
    assert len(found.decisions) == len(sections)


NONSENSE: list[Behaviour] = [
    answers("not JSON"),
    answers('{"summary": "x"}'),
    answers(None),
    is_nonsense,
]


@pytest.mark.parametrize(
    ("behaviours", "said"),
    [
        ([refuses(429, Retry_After="7"), refuses(503), refuses(429)], ("busy", [7.0, 5.0])),
        ([is_cut] * 3, ("unreachable", [5.0, 5.0])),
        ([refuses(500)] * 3, ("unreachable", [5.0, 5.0])),
        ([refuses(401)], ("refused", [])),
        ([refuses(307, Location="http://192.0.2.1/")], ("refused", [])),
        ([answers(None, refusal="I cannot")], ("refused", [])),
        (NONSENSE[:3], ("invalid", [])),
        (NONSENSE[1:], ("invalid", [])),
        ([is_huge], ("too_large", [])),
    ],
)
async def test_what_goes_wrong_is_said_and_leaves_what_was_there(
    database: Database,
    met: Sitting,
    model: Model,
    behaviours: list[Behaviour],
    said: tuple[str, list[float]],
) -> None:
    before = await _written_before(database, met)
    await asked(database, met)
    model.behaviours.extend(behaviours)
    writer = Writer(database, model)
    row = await writer.write(met.meeting.id)
    assert (row.state, row.text) == ("failed", before)
    assert (row.failure, writer.waited) == said
    assert len(model.asked) == len(behaviours)


async def test_an_answer_that_never_comes_is_given_up(
    database: Database, met: Sitting, model: Model
) -> None:
    await asked(database, met)
    model.behaviours.append(model.hang)
    row = await Writer(database, model, context=2048).write(met.meeting.id)
    assert (row.state, row.failure, row.text) == ("failed", "timeout", None)


async def test_what_is_said_better_the_third_time_counts(
    database: Database, met: Sitting, model: Model
) -> None:
    await asked(database, met)
    model.behaviours.extend([NONSENSE[0], refuses(503, Retry_After="0"), is_cut])
    row = await Writer(database, model).write(met.meeting.id)
    assert row.state == "done"


async def test_a_server_that_stops_leaves_them_to_the_next(
    database: Database, met: Sitting, model: Model
) -> None:
    await asked(database, met)
    model.behaviours.append(model.hang)
    writing = Writer(database, model).writing
    task = asyncio.create_task(writing.run())
    await model.held.wait()
    writing.stop()
    await task
    async with database.transaction() as session:
        row = await minutes.find(session, met.meeting.id)
    assert row
    assert (row.state, row.attempts) == ("waiting", 0)
    assert (await Writer(database, model).write(met.meeting.id)).state == "done"


async def test_a_server_that_is_killed_loses_them_and_writes_nothing_later(
    database: Database, met: Sitting, model: Model
) -> None:
    await asked(database, met)
    async with database.transaction() as session:
        assert await minutes.claim(session, "killed", samples.NOW, 60_000)
        assert await minutes.claim(session, "other", samples.NOW, 60_000) is None
    writer = Writer(database, model)
    writer.now = samples.NOW + 60_001
    row = await writer.write(met.meeting.id)
    async with database.transaction() as session:
        late = Written(b"late", "fr", "late")
        assert not await minutes.finish(session, "killed", late, writer.now)
        assert not await minutes.fail(session, "killed", "timeout")
    assert (row.state, row.model, len(model.asked)) == ("done", "tiny", 1)


async def test_minutes_that_take_servers_down_are_given_up(
    database: Database, met: Sitting, model: Model
) -> None:
    await asked(database, met)
    for attempt in range(2):
        async with database.transaction() as session:
            assert await minutes.claim(session, f"killed-{attempt}", attempt * 100_000, 60_000)
    row = await Writer(database, model).write(met.meeting.id)
    assert (row.state, row.failure, model.asked) == ("failed", "interrupted", [])


async def test_cancelled_minutes_are_not_written(
    database: Database, met: Sitting, model: Model
) -> None:
    before = await _written_before(database, met)
    await asked(database, met)
    model.behaviours.append(model.hang)
    writer = Writer(database, model)
    task = asyncio.create_task(writer.writing.run())
    await model.held.wait()
    async with database.transaction() as session:
        assert await minutes.cancel(session, met.meeting.id)
    writer.writing.cancelled(met.meeting.id)
    row = await writer.until(met.meeting.id, lambda row: row.state == "done")
    assert row.text == before
    # It goes on with what is asked for next.
    await asked(database, met)
    writer.writing.wake()
    row = await writer.until(met.meeting.id, lambda row: row.state == "done")
    assert row.text != before
    writer.writing.stop()
    await task


async def test_words_that_are_taken_back_take_the_minutes_along(
    database: Database, met: Sitting
) -> None:
    await _written_before(database, met)
    async with database.transaction() as session:
        await utterances.erase(session, met.meeting.id, "p-1")
    async with database.transaction() as session:
        assert await minutes.find(session, met.meeting.id) is None


async def _written_before(database: Database, met: Sitting) -> bytes:
    text = json.dumps({"summary": [], "decisions": [], "actions": []})
    sealed = minutes.sealed(met.meeting.id, text, met.key)
    async with database.transaction() as session:
        await minutes.ask(session, met.meeting.id)
        await session.flush()
        await session.execute(update(MeetingMinutes).values(state="done", text=sealed))
    return sealed
