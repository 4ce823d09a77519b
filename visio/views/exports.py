"""Transcripts as files."""

import asyncio
from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from visio import documents
from visio.attendance import attendees
from visio.documents import FORMATS, Format, Language, Passage, Present, Transcript
from visio.errors import NotFound
from visio.store import audit, participants, utterances
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.models import Participant, Utterance
from visio.store.pages import Page
from visio.store.sealing import MeetingKey
from visio.views import readers, sheets, spoken
from visio.views.author import author
from visio.views.described import HOST, described
from visio.views.meetings import SheetQuery, asked_language, asked_zone
from visio.views.readers import Reader
from visio.views.state import CLOCK, DATABASE, KEYRING


@described(query=SheetQuery, scope="transcripts:read", door=HOST, status=200)
async def transcript(request: web.Request) -> web.StreamResponse:
    """Its transcript as docx, odt, md, txt, vtt, srt or json, in the reader's language and time
    zone: with corrections and the names of voices, without what is hidden."""
    form, asker, by = _format(request), await readers.asker(request), await author(request)
    language, zone = asked_language(request), asked_zone(request)
    async with request.app[DATABASE].transaction() as session:
        reader = await readers.reader(session, request.match_info["id"], asker)
        rows = await utterances.page(session, reader.meeting.id, _ALL, reader.only)
        stays = await participants.of_meeting(session, reader.meeting.id)
        key = request.app[KEYRING].unwrap(reader.meeting.wrapped_key)
        names = await spoken.voice_names(session, reader.meeting, key)
        await audit.append(session, by, _exported(reader, form))
    people = {one.id: one.name for one in stays}
    passages = [
        _passage(row, _speaker(row, people[row.participant_id], names, language), key)
        for row, hidden in rows
        if hidden is None
    ]
    begun, ended = reader.meeting.started_at, reader.meeting.ended_at
    leaving = Transcript(
        reader.room.title,
        _local(begun, zone),
        None if ended is None else _local(ended, zone),
        language,
        _present(stays, request.app[CLOCK]()),
        passages,
        hidden=len(rows) - len(passages),
        partial=not reader.reads_all,
    )
    content = await asyncio.to_thread(documents.write, leaving, form)
    name = sheets.file_name(f"{leaving.started_at:%Y-%m-%d} {leaving.title}")
    return await _send(request, content, form, name)


def _format(request: web.Request) -> Format:
    for form in FORMATS:
        if form == request.match_info["format"]:
            return form
    raise NotFound(f"A transcript leaves as {', '.join(FORMATS)}.")


def _passage(row: Utterance, speaker: str, key: MeetingKey) -> Passage:
    text = utterances.legible(row, key)
    return Passage(
        speaker, row.started_at, row.ended_at, text, row.language, corrected=row.version > 0
    )


def _speaker(row: Utterance, name: str, names: spoken.Names, language: Language) -> str:
    """As the page calls them."""
    if row.voice is None:
        return name
    named = names.get((row.participant_id, row.voice))
    return named or documents.voice(name, row.voice, language)


def _present(stays: Collection[Participant], now: int) -> list[Present]:
    return [Present(one.name, one.kind, one.present) for one in attendees(stays, now)]


def _exported(reader: Reader, form: Format) -> Deed:
    about = ("meeting", reader.meeting.id)
    return Deed(Act.TRANSCRIPT_EXPORTED, about, reader.room.id, detail={"format": form})


def _local(instant: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(instant / 1000, zone)


async def _send(
    request: web.Request, content: bytes, form: Format, name: str
) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={
            "Content-Type": documents.kind_of(form),
            "Content-Disposition": f'attachment; filename="{name}.{form}"',
        }
    )
    response.content_length = len(content)
    await response.prepare(request)
    for begin in range(0, len(content), _PART):
        await response.write(content[begin : begin + _PART])
    await response.write_eof()
    return response


_ALL = Page(limit=2**31)
# Bytes written at once: more lets a slow reader hold more of our memory, less costs more turns.
_PART = 65_536
