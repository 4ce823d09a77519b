"""The passages of a transcript: read in parts, corrected with a history, hidden; and the names of
the voices in it."""

from collections.abc import Mapping
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from visio.errors import NotAllowed, NotFound, PassageChanged, TranscriptUnfinished
from visio.store import audit, corrections, meetings, utterances
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.models import HiddenUtterance, Utterance
from visio.views import readers, spoken
from visio.views.author import author, note
from visio.views.described import HOST, Paged, described
from visio.views.paging import asked_page, page_of
from visio.views.readers import Reader
from visio.views.request import Body, Line, read
from visio.views.state import CLOCK, DATABASE, KEYRING


class Passage(BaseModel):
    """What was said in one go; times are milliseconds since the meeting's start.

    `voice` tells apart who shares a microphone, `voice_name` is what a host called it. `version`
    counts the corrections. What is `hidden`, by whom, has a text and a `reason` only for those who
    may change it.
    """

    id: str
    participant: str
    identity: str
    name: str
    voice: str | None
    voice_name: str | None
    started_at: int
    ended_at: int
    text: str
    language: str
    version: int
    hidden: Literal["host", "speaker"] | None
    reason: str
    may_change: bool


class Passages(Paged):
    utterances: list[Passage]


class Correction(Body):
    """Another text in the place of that of `version`."""

    text: Annotated[Line, StringConstraints(min_length=1, max_length=10_000)]
    version: Annotated[int, Field(ge=0, le=2**53)]


class Hiding(Body):
    reason: Annotated[Line, StringConstraints(max_length=500)] = ""


class VoiceName(Body):
    name: Annotated[Line, StringConstraints(min_length=1, max_length=100)]


class Version(BaseModel):
    """`written_at` is milliseconds since 1970 UTC; `writer` is None for what was recognised, ""
    for somebody who was erased."""

    number: int
    text: str
    writer: str | None
    written_at: int


class Versions(Paged):
    versions: list[Version]


@described(answer=Passages, scope="transcripts:read", door=HOST, paged=True)
async def listed(request: web.Request) -> web.Response:
    """What was said, in order of time: the parts after the one that the meeting comes with."""
    asker, page = await readers.asker(request), asked_page(request)
    async with request.app[DATABASE].transaction() as session:
        reader = await readers.reader(session, request.match_info["id"], asker)
        found, after = await spoken.part(session, reader, page, request.app[KEYRING])
    await note(request, await author(request), spoken.was_read(reader))
    return web.json_response({"utterances": found, "next": after})


@described(answer=Versions, door=HOST, paged=True)
async def versions(request: web.Request) -> web.Response:
    """The texts a passage has had, to those who may correct it; the newest first. None where it
    never was corrected."""
    asker, page = await readers.asker(request), asked_page(request)
    async with request.app[DATABASE].transaction() as session:
        reader = await readers.reader(session, request.match_info["id"], asker)
        row, _ = await _changeable(session, request, reader)
        found = await corrections.history(session, row.id, page)
    shown, after = page_of(found, page, lambda one: (one.row.number, one.row.utterance_id))
    key = request.app[KEYRING].unwrap(reader.meeting.wrapped_key)
    told = [
        {
            "number": one.row.number,
            "text": corrections.opened(one.row, key),
            "writer": one.writer,
            "written_at": one.row.written_at,
        }
        for one in shown
    ]
    return web.json_response({"versions": told, "next": after})


@described(body=Correction, answer=Passage, door=HOST)
async def correct(request: web.Request) -> web.Response:
    """Its text: hosts of the room, and whoever said it. Every text it had is kept.

    Refused as `passage_changed` where it is not of that version any more.
    """
    asker, body = await readers.asker(request), await read(request, Correction)
    by, now = await author(request), request.app[CLOCK]()
    async with request.app[DATABASE].transaction() as session:
        reader = await _changing(session, request, asker)
        row, hidden = await _changeable(session, request, reader)
        if row.version != body.version:
            raise PassageChanged
        key = request.app[KEYRING].unwrap(reader.meeting.wrapped_key)
        if body.text != utterances.opened(row, key):
            await utterances.correct(session, row, body.text, reader.writer(now), key)
            detail = {"utterance": row.id, "version": row.version}
            await audit.append(session, by, _deed(Act.TRANSCRIPT_CORRECTED, reader, detail))
        (told,) = await spoken.lines(session, reader, [(row, hidden)], key)
    return web.json_response(told)


@described(body=Hiding, door=HOST)
async def hide(request: web.Request) -> web.Response:
    """From readers and exports: hosts of the room, and whoever said it."""
    asker, body = await readers.asker(request), await read(request, Hiding)
    by, now = await author(request), request.app[CLOCK]()
    async with request.app[DATABASE].transaction() as session:
        reader = await _changing(session, request, asker)
        row, hidden = await _changeable(session, request, reader)
        _own(reader, hidden)
        key = request.app[KEYRING].unwrap(reader.meeting.wrapped_key)
        writer, hosts = reader.writer(now), reader.hosts
        await corrections.hide(session, row, body.reason, writer, key, by_host=hosts)
        hid = _deed(Act.TRANSCRIPT_HIDDEN, reader, {"utterance": row.id})
        await audit.append(session, by, hid)
    return web.Response(status=204)


@described(door=HOST)
async def show(request: web.Request) -> web.Response:
    """To readers again; what a host has hidden, hosts alone."""
    asker, by = await readers.asker(request), await author(request)
    async with request.app[DATABASE].transaction() as session:
        reader = await _changing(session, request, asker)
        row, hidden = await _changeable(session, request, reader)
        _own(reader, hidden)
        if hidden:
            await corrections.show(session, row.id)
            shown = _deed(Act.TRANSCRIPT_REVEALED, reader, {"utterance": row.id})
            await audit.append(session, by, shown)
    return web.Response(status=204)


@described(body=VoiceName, door=HOST)
async def name_voice(request: web.Request) -> web.Response:
    """Say whose a voice of a shared microphone is: hosts of the room."""
    asker, body = await readers.asker(request), await read(request, VoiceName)
    await _name_voice(request, asker, body.name)
    return web.Response(status=204)


@described(door=HOST)
async def unname_voice(request: web.Request) -> web.Response:
    """Call a voice by its number again: hosts of the room."""
    await _name_voice(request, await readers.asker(request), "")
    return web.Response(status=204)


async def _name_voice(request: web.Request, asker: readers.Asker, name: str) -> None:
    of = request.match_info["participant"], request.match_info["voice"]
    by, act = await author(request), Act.VOICE_NAMED if name else Act.VOICE_UNNAMED
    async with request.app[DATABASE].transaction() as session:
        reader = await _changing(session, request, asker)
        if not reader.hosts:
            raise NotAllowed
        if not await corrections.has_voice(session, reader.meeting.id, *of):
            raise NotFound("There is no such voice.")
        _finished(reader)
        key = request.app[KEYRING].unwrap(reader.meeting.wrapped_key)
        await corrections.name_voice(session, reader.meeting.id, of, name, key)
        detail = {"participant": of[0], "voice": of[1]}
        await audit.append(session, by, _deed(act, reader, detail))


async def _changing(session: AsyncSession, request: web.Request, asker: readers.Asker) -> Reader:
    """Who changes something, one after the other."""
    await meetings.lock(session, request.match_info["id"])
    return await readers.reader(session, request.match_info["id"], asker)


async def _changeable(
    session: AsyncSession, request: web.Request, reader: Reader
) -> tuple[Utterance, HiddenUtterance | None]:
    """The passage of the address; raises NotFound, NotAllowed, TranscriptUnfinished."""
    found = await utterances.one(session, reader.meeting.id, request.match_info["utterance"])
    if found is None or (reader.only is not None and found[0].participant_id not in reader.only):
        raise NotFound("There is no such passage.")
    if not reader.may_change(found[0].participant_id):
        raise NotAllowed
    _finished(reader)
    return found


def _finished(reader: Reader) -> None:
    # The final pass puts other lines in the place of those of shared microphones.
    if not spoken.final(reader.meeting):
        raise TranscriptUnfinished


def _own(reader: Reader, hidden: HiddenUtterance | None) -> None:
    if hidden and hidden.by_host and not reader.hosts:
        raise NotAllowed


def _deed(act: Act, reader: Reader, detail: Mapping[str, object]) -> Deed:
    return Deed(act, ("meeting", reader.meeting.id), reader.room.id, detail=dict(detail))
