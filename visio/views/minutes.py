"""The minutes of a meeting: written by a language model when a host asks, read, corrected."""

from typing import Literal

from aiohttp import web
from pydantic import BaseModel

from visio.errors import (
    MinutesUnavailable,
    MinutesUnderWay,
    NoMinutes,
    NotAllowed,
    NothingSaid,
    TranscriptUnfinished,
)
from visio.minutes import written
from visio.minutes.endpoint import Failure
from visio.minutes.writing import WRITING, Writing
from visio.store import audit, corrections, minutes, utterances
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.store.models import Meeting, MeetingMinutes
from visio.views import readers
from visio.views.author import author, note
from visio.views.described import described
from visio.views.readers import Asker, Reader
from visio.views.request import Body, account, read
from visio.views.state import CLOCK, DATABASE, KEYRING, LIMITS


class MinutesBody(Body, written.Minutes):
    """All of them, as corrected."""

    model_config = written.Minutes.model_config


class MinutesShown(BaseModel):
    """`done` of `total` parts are written; `failure` is why the last try came to nothing.

    `available` says that a language model is configured, `may_change` that I may have them written
    and correct them. `minutes` is None while they are being written.
    """

    available: bool
    may_change: bool
    state: Literal["none", "waiting", "writing", "done", "failed"]
    failure: Failure | None
    done: int
    total: int
    minutes: written.Minutes | None
    model: str
    written_at: int | None
    edited: bool


@described(answer=MinutesShown, scope="transcripts:read")
async def show(request: web.Request) -> web.Response:
    """To those who read the whole transcript; without what rests on lines that were hidden later,
    but to hosts of the room."""
    reader = await _reader(request)
    meeting, room = reader.meeting, reader.room
    async with request.app[DATABASE].transaction() as session:
        row = await minutes.find(session, meeting.id)
        hidden = await corrections.hidden_in(session, meeting.id)
    shown = _opened(request, meeting, row)
    if shown:
        shown = shown if reader.hosts else written.without(shown, hidden)
        was_read = Deed(Act.MINUTES_READ, ("meeting", meeting.id), room.id)
        await note(request, await author(request), was_read)
    return web.json_response(
        {
            "available": request.app[WRITING] is not None,
            "may_change": reader.hosts,
            "state": row.state if row else "none",
            "failure": row.failure if row else None,
            "done": row.done if row else 0,
            "total": row.total if row else 0,
            "minutes": shown.model_dump() if shown else None,
            "model": row.model if row else "",
            "written_at": row.written_at if row else None,
            "edited": bool(row and row.edited),
        }
    )


@described()
async def ask(request: web.Request) -> web.Response:
    """Have them written, or written anew: what is there is replaced when they are."""
    host = await _host(request)
    meeting, room, mine = host.meeting, host.room, host.account or ""
    writing = _writing(request)
    if meeting.ended_at is None or meeting.final_pass not in ("none", "done"):
        raise TranscriptUnfinished
    limit, now, by = request.app[LIMITS].minutes, request.app[CLOCK](), await author(request)
    limit.check(mine, now)
    async with request.app[DATABASE].transaction() as session:
        if not await utterances.any_of(session, meeting.id):
            raise NothingSaid
        if not await minutes.ask(session, meeting.id):
            raise MinutesUnderWay
        await audit.append(session, by, Deed(Act.MINUTES_ASKED, ("meeting", meeting.id), room.id))
    limit.failed(mine, now)
    writing.wake()
    return web.Response(status=204)


@described(body=MinutesBody)
async def edit(request: web.Request) -> web.Response:
    """Correct them: what I send takes their place."""
    host = await _host(request)
    meeting, room = host.meeting, host.room
    body, by = await read(request, MinutesBody), await author(request)
    key = request.app[KEYRING].unwrap(meeting.wrapped_key)
    text = minutes.sealed(meeting.id, body.model_dump_json(), key)
    async with request.app[DATABASE].transaction() as session:
        row = await minutes.find(session, meeting.id)
        if row and row.state in minutes.UNDER_WAY:
            raise MinutesUnderWay
        if not await minutes.edit(session, meeting.id, text):
            raise NoMinutes
        await audit.append(session, by, Deed(Act.MINUTES_CHANGED, ("meeting", meeting.id), room.id))
    return web.Response(status=204)


@described()
async def cancel(request: web.Request) -> web.Response:
    """Have them written no more; what was there before is there again."""
    host = await _host(request)
    meeting, room = host.meeting, host.room
    by, deed = await author(request), Deed(Act.MINUTES_CANCELLED, ("meeting", meeting.id), room.id)
    async with request.app[DATABASE].transaction() as session:
        if await minutes.cancel(session, meeting.id):
            await audit.append(session, by, deed)
    if writing := request.app[WRITING]:
        writing.cancelled(meeting.id)
    return web.Response(status=204)


async def _reader(request: web.Request) -> Reader:
    """An account that reads the whole transcript; raises MeetingNotFound, NotAllowed."""
    mine, meeting_id = await account(request), request.match_info["id"]
    async with request.app[DATABASE].transaction() as session:
        reader = await readers.reader(session, meeting_id, Asker(mine.id, None))
    if not reader.reads_all:
        raise NotAllowed
    return reader


async def _host(request: web.Request) -> Reader:
    """One who may correct them too; raises MeetingNotFound, NotAllowed."""
    reader = await _reader(request)
    if not reader.hosts:
        raise NotAllowed
    return reader


def _writing(request: web.Request) -> Writing:
    if (writing := request.app[WRITING]) is None:
        raise MinutesUnavailable
    return writing


def _opened(
    request: web.Request, meeting: Meeting, row: MeetingMinutes | None
) -> written.Minutes | None:
    if row is None or row.state in minutes.UNDER_WAY:
        return None
    text = minutes.opened(row, request.app[KEYRING].unwrap(meeting.wrapped_key))
    return written.Minutes.model_validate_json(text) if text else None
