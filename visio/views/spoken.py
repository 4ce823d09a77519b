"""The transcript of a meeting as JSON, unsealed."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from visio.errors import MeetingNotFound
from visio.store import meetings, participants, talkspurts, utterances
from visio.store.models import Meeting, Participant, Room, Utterance
from visio.store.sealing import MeetingKey
from visio.views.state import DATABASE, KEYRING


@dataclass(frozen=True, slots=True)
class Heard:
    """A meeting with who was there and what was said; `pending` talkspurts are still to come."""

    meeting: Meeting
    room: Room
    participants: Sequence[Participant]
    utterances: list[dict[str, object]]
    pending: int


async def read(app: web.Application, meeting_id: str) -> Heard:
    """Read it all in one transaction; raises MeetingNotFound."""
    async with app[DATABASE].transaction() as session:
        if (found := await meetings.by_id(session, meeting_id)) is None:
            raise MeetingNotFound
        meeting, room = found
        people = await participants.of_meeting(session, meeting_id)
        rows = await utterances.spoken(session, meeting_id)
        pending = await talkspurts.pending(session, meeting_id)
    key = app[KEYRING].unwrap(meeting.wrapped_key)
    by_id = {person.id: person for person in people}
    lines = [_line(row, by_id[row.participant_id], key) for row in rows]
    return Heard(meeting, room, people, lines, pending)


def _line(row: Utterance, person: Participant, key: MeetingKey) -> dict[str, object]:
    return {
        "id": row.id,
        "participant": person.id,
        "identity": person.identity,
        "name": person.name,
        "voice": row.voice,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "text": utterances.opened(row, key),
        "language": row.language,
    }
