"""Transcripts as files."""

import asyncio

from aiohttp import web

from visio import documents, transcripts
from visio.documents import FORMATS, Format
from visio.errors import NotFound
from visio.store import audit, participants, utterances
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.pages import Page
from visio.views import readers, sheets
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
        names = await transcripts.voice_names(session, reader.meeting, key)
        await audit.append(session, by, _exported(reader, form))
    leaving = transcripts.transcript(
        reader.room.title,
        reader.meeting,
        rows,
        stays,
        names,
        key=key,
        language=language,
        zone=zone,
        now=request.app[CLOCK](),
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


def _exported(reader: Reader, form: Format) -> Deed:
    about = ("meeting", reader.meeting.id)
    return Deed(Act.TRANSCRIPT_EXPORTED, about, reader.room.id, detail={"format": form})


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
