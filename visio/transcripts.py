"""A meeting's transcript as documents are made of it, from its rows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from visio import documents
from visio.attendance import attendees
from visio.documents import Language, Passage, Present, Transcript
from visio.store import corrections, utterances
from visio.store.models import HiddenUtterance, Meeting, Participant, Utterance
from visio.store.sealing import MeetingKey

Names = Mapping[tuple[str, str], str]
"""What voices are called, by the participant's row and the voice."""
Rows = Sequence[tuple[Utterance, HiddenUtterance | None]]


async def voice_names(session: AsyncSession, meeting: Meeting, key: MeetingKey) -> Names:
    """Those of shared microphones."""
    rows = await corrections.voices(session, meeting.id)
    return {(row.participant_id, row.voice): corrections.opened_name(row, key) for row in rows}


def transcript(
    title: str,
    meeting: Meeting,
    rows: Rows,
    stays: Collection[Participant],
    names: Names,
    *,
    key: MeetingKey,
    language: Language,
    zone: ZoneInfo,
    now: int,
    partial: bool = False,
) -> Transcript:
    """With corrections and the names of voices, without what is hidden; raises SealError."""
    people = {one.id: one.name for one in stays}
    passages = [
        _passage(row, _speaker(row, people[row.participant_id], names, language), key)
        for row, hidden in rows
        if hidden is None
    ]
    begun, ended = meeting.started_at, meeting.ended_at
    return Transcript(
        title,
        _local(begun, zone),
        None if ended is None else _local(ended, zone),
        language,
        [Present(one.name, one.kind, one.present) for one in attendees(stays, now)],
        passages,
        hidden=len(rows) - len(passages),
        partial=partial,
    )


def _passage(row: Utterance, speaker: str, key: MeetingKey) -> Passage:
    text = utterances.legible(row, key)
    return Passage(
        speaker, row.started_at, row.ended_at, text, row.language, corrected=row.version > 0
    )


def _speaker(row: Utterance, name: str, names: Names, language: Language) -> str:
    """As the page calls them."""
    if row.voice is None:
        return name
    named = names.get((row.participant_id, row.voice))
    return named or documents.voice(name, row.voice, language)


def _local(instant: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(instant / 1000, zone)
