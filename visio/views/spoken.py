"""The transcript of a meeting as JSON, unsealed."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from visio.errors import MeetingNotFound
from visio.store import corrections, meetings, participants, talkspurts, utterances
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.models import HiddenUtterance, Meeting, Participant, Utterance
from visio.store.pages import Page
from visio.store.sealing import Keyring, MeetingKey
from visio.transcripts import Names, Rows, voice_names
from visio.views.paging import page_of
from visio.views.readers import Reader
from visio.views.state import DATABASE, KEYRING


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said so far; `pending` talkspurts are still to come."""

    utterances: list[dict[str, object]]
    pending: int


async def running(app: web.Application, meeting_id: str) -> Heard:
    """Of a meeting that goes on, to those inside; raises MeetingNotFound."""
    async with app[DATABASE].transaction() as session:
        if (found := await meetings.by_id(session, meeting_id)) is None:
            raise MeetingNotFound
        reader = Reader(*found, None, (), hosts=False, reads_all=True)
        rows = [(row, None) for row in await utterances.spoken(session, meeting_id)]
        key = app[KEYRING].unwrap(reader.meeting.wrapped_key)
        heard = await lines(session, reader, rows, key)
        return Heard(heard, await talkspurts.pending(session, meeting_id))


async def part(
    session: AsyncSession, reader: Reader, page: Page, keyring: Keyring
) -> tuple[list[dict[str, object]], str | None]:
    """Part of what a reader is given, and where the next begins; None at the end."""
    found = await utterances.page(session, reader.meeting.id, page, reader.only)
    rows, after = page_of(found, page, lambda one: (one[0].started_at, one[0].id))
    key = keyring.unwrap(reader.meeting.wrapped_key)
    return await lines(session, reader, rows, key), after


async def lines(
    session: AsyncSession, reader: Reader, rows: Rows, key: MeetingKey
) -> list[dict[str, object]]:
    """Passages, each with who said it."""
    people = {one.id: one for one in await participants.of_meeting(session, reader.meeting.id)}
    names = await voice_names(session, reader.meeting, key)
    return [
        {**_who(row, people[row.participant_id], names), **_what(row, hidden, reader, key)}
        for row, hidden in rows
    ]


def final(meeting: Meeting) -> bool:
    """Whether no more will be written down of it."""
    return meeting.ended_at is not None and meeting.final_pass in ("none", "done")


def was_read(reader: Reader) -> Deed:
    """That somebody read it, for the audit."""
    return Deed(Act.TRANSCRIPT_READ, ("meeting", reader.meeting.id), reader.room.id)


def _who(row: Utterance, person: Participant, names: Names) -> dict[str, object]:
    return {
        "id": row.id,
        "participant": person.id,
        "identity": person.identity,
        "name": person.name,
        "voice": row.voice,
        "voice_name": names.get((person.id, row.voice)) if row.voice else None,
    }


def _what(
    row: Utterance, hidden: HiddenUtterance | None, reader: Reader, key: MeetingKey
) -> dict[str, object]:
    theirs = reader.may_change(row.participant_id)
    given = hidden is None or theirs
    return {
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "text": utterances.legible(row, key) if given else "",
        "language": row.language,
        "version": row.version,
        "hidden": hidden and ("host" if hidden.by_host else "speaker"),
        "reason": corrections.opened_reason(hidden, key) if hidden and theirs else "",
        "may_change": theirs and final(reader.meeting),
    }
