"""F16: a bit of what is stored turns over, on a disk or by somebody's hand."""

import logging
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from tests.callers import Caller, House
from tests.store import samples
from visio.config import read_secrets
from visio.store import meetings
from visio.store.models import ChatFile, ChatMessage, Meeting, Model, Utterance
from visio.store.sealing import MISSING, Keyring

pytestmark = pytest.mark.one_database
PLANTED = ("Premier point", "Deuxieme point", "Troisieme point")


async def turn_over(house: House, column: InstrumentedAttribute[bytes], bit: int = 100) -> None:
    """One bit of the first row's."""
    kind: type[Model] = column.class_
    async with house.database.transaction() as session:
        row = (await session.scalars(select(kind).order_by(*kind.__table__.primary_key))).first()
        changed = bytearray(getattr(row, column.key))
        changed[bit // 8] ^= 1 << bit % 8
        setattr(row, column.key, bytes(changed))


async def spoken(house: House) -> tuple[Caller, str]:
    """A meeting that has ended, whose room's owner reads it."""
    ada = await house.account("ada@example.org")
    keyring = Keyring(read_secrets(house.config).master_key)
    met = await samples.sitting(house.database, await house.room(ada), ada, keyring=keyring)
    async with house.database.transaction() as session:
        for at, text in enumerate(PLANTED):
            session.add(samples.utterance(met, text, at * 1000))
        await meetings.end(session, met.meeting.id, samples.NOW + 60_000)
    return await house.signed_in(ada), f"/api/v1/meetings/{met.meeting.id}"


async def lines(reader: Caller, meeting: str) -> list[str]:
    return [one["text"] for one in (await reader.get(meeting)).json["utterances"]]


async def test_a_damaged_line_is_shown_as_missing_and_the_others_as_they_are(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """F16."""
    reader, meeting = await spoken(house)
    assert await lines(reader, meeting) == list(PLANTED)
    await turn_over(house, Utterance.text)
    with caplog.at_level(logging.ERROR):
        told = await lines(reader, meeting)
    assert told.count(MISSING) == 1
    assert set(told) - {MISSING} < set(PLANTED)
    assert "was changed" in caplog.text
    exported = await reader.get(f"{meeting}/transcript.txt")
    assert exported.status == 200
    assert MISSING.encode() in exported.body


async def test_a_meeting_whose_key_is_damaged_says_so(house: House) -> None:
    """F16: nothing of it opens, and that is an answer."""
    reader, meeting = await spoken(house)
    await turn_over(house, Meeting.wrapped_key)
    answer = await reader.get(meeting)
    assert (answer.status, answer.code) == (500, "damaged")
    assert not any(text.encode() in answer.body for text in PLANTED)


async def test_a_damaged_message_or_file_is_not_served(house: House) -> None:
    """F16."""
    ada = await house.account("ada@example.org")
    await house.room(ada)
    inside = await house.enter(await house.signed_in(ada), "public-room")
    path = "/api/v1/rooms/public-room/messages"
    for text in PLANTED:
        await inside.post(path, {"id": str(uuid4()), "text": text})
    content = "SGVsbG8sIHdvcmxk"
    file = {"id": str(uuid4()), "name": "a.txt", "content": content}
    given = await inside.post("/api/v1/rooms/public-room/files", file)
    assert given.status == 201, given.body
    path_of_file = f"/api/v1/rooms/public-room/files/{file['id']}"
    assert (await inside.get(path_of_file)).body == b"Hello, world"
    await turn_over(house, ChatFile.content)
    answer = await inside.get(path_of_file)
    assert (answer.status, answer.code) == (500, "damaged")
    await turn_over(house, ChatMessage.text)
    texts = [one["text"] for one in (await inside.get(path)).json["messages"]]
    assert texts.count(MISSING) == 1
    assert len(texts) == 4
