"""What is typed in a meeting: from inside by the token of the call, afterwards by those who were
there."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from aiohttp import web
from pydantic import Base64Bytes, BaseModel, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from visio import files
from visio.chat import CHAT, LONGEST, Draft, File
from visio.errors import MeetingNotFound, NotFound
from visio.files import LARGEST
from visio.store import messages
from visio.store.messages import Written
from visio.store.models import Meeting
from visio.store.pages import Page
from visio.texts import MANY_LINES
from visio.views import readers
from visio.views.author import author
from visio.views.described import CALL, HOST, Paged, described
from visio.views.paging import asked_page, page_of
from visio.views.request import Body, Line, in_call, read
from visio.views.state import DATABASE, KEYRING, LIMITS

Text = Annotated[str, StringConstraints(pattern=MANY_LINES, min_length=1, max_length=LONGEST)]


class NewMessage(Body):
    """`id` is made by who writes: a message sent again is there once. `to` is the identity of the
    only participant whom it is for."""

    id: UUID
    text: Text
    to: Annotated[Line, Field(max_length=256)] | None = None


class NewFile(Body):
    """A message that brings a file of 8 MiB along, at most; `content` is base64."""

    id: UUID
    name: Annotated[str, Field(max_length=255)]
    content: Annotated[Base64Bytes, Field(max_length=LARGEST)]
    to: Annotated[Line, Field(max_length=256)] | None = None


class FileShown(BaseModel):
    """`size` is in bytes."""

    name: str
    size: int


class Addressee(BaseModel):
    identity: str
    name: str


class Message(BaseModel):
    """`sent_at` is milliseconds since 1970 UTC; with `to` it is for them alone. With a `file` the
    text is its name."""

    id: str
    identity: str
    name: str
    mine: bool
    text: str
    sent_at: int
    to: Addressee | None
    file: FileShown | None


class Messages(Paged):
    messages: list[Message]


@described(answer=Messages, door=CALL, paged=True)
async def listed(request: web.Request) -> web.Response:
    """What was written so far in the running meeting, and is for me; the newest first."""
    caller, page = in_call(request), asked_page(request)
    meeting, mine = caller.live.meeting, caller.live.people.get(caller.sid)
    if meeting is None or mine is None:
        raise MeetingNotFound
    async with request.app[DATABASE].transaction() as session:
        return await _page(request, session, meeting, [mine.person], page)


@described(answer=Messages, scope="transcripts:read", door=HOST, paged=True)
async def kept(request: web.Request) -> web.Response:
    """What is kept of it, to those who were there; the newest first."""
    asker, page = await readers.asker(request), asked_page(request)
    async with request.app[DATABASE].transaction() as session:
        reader = await readers.reader(session, request.match_info["id"], asker)
        persons = {one.person for one in reader.stays}
        return await _page(request, session, reader.meeting, persons, page)


@described(body=NewMessage, answer=Message, status=201, door=CALL)
async def say(request: web.Request) -> web.Response:
    """Write in the chat: whoever the room lets. It is on disk before we say so."""
    caller, body = in_call(request), await read(request, NewMessage)
    draft = Draft(str(body.id), body.text, body.to)
    written = await request.app[CHAT].say(caller.live, caller.sid, draft)
    return web.json_response(_shown(written, [written.writer.person]), status=201)


@described(body=NewFile, answer=Message, status=201, door=CALL)
async def give(request: web.Request) -> web.Response:
    """Give a file to those in the meeting: whoever may write. What it holds must be what its name
    says: PDF, pictures, text, office documents without macros."""
    caller = in_call(request)
    with request.app[LIMITS].uploads.counted(caller.slug):
        body = await read(request, NewFile, largest=_LARGEST_BODY, patience=_PATIENCE)
        file = File(body.name, body.content)
        draft = Draft(str(body.id), files.safe_name(body.name), body.to, file)
        written = await request.app[CHAT].say(caller.live, caller.sid, draft)
    return web.json_response(_shown(written, [written.writer.person]), status=201)


@described(door=CALL, status=200)
async def file(request: web.Request) -> web.Response:
    """The file that a message of the running meeting brings along."""
    caller = in_call(request)
    meeting, mine = caller.live.meeting, caller.live.people.get(caller.sid)
    if meeting is None or mine is None:
        raise MeetingNotFound
    async with request.app[DATABASE].transaction() as session:
        return await _file(request, session, meeting, [mine.person])


@described(scope="transcripts:read", door=HOST, status=200)
async def kept_file(request: web.Request) -> web.Response:
    """One that is kept, to those who were there."""
    asker = await readers.asker(request)
    async with request.app[DATABASE].transaction() as session:
        reader = await readers.reader(session, request.match_info["id"], asker)
        persons = {one.person for one in reader.stays}
        return await _file(request, session, reader.meeting, persons)


@described(door=CALL)
async def take_back(request: web.Request) -> web.Response:
    """Delete it for everybody: who wrote it, and hosts."""
    caller, by = in_call(request), await author(request)
    message = request.match_info["message"]
    await request.app[CHAT].take_back(caller.live, caller.sid, message, by)
    return web.Response(status=204)


async def _page(
    request: web.Request,
    session: AsyncSession,
    meeting: Meeting,
    persons: Collection[str],
    page: Page,
) -> web.Response:
    key = request.app[KEYRING].unwrap(meeting.wrapped_key)
    found = await messages.page(session, meeting.id, persons, page, key) if persons else []
    shown, after = page_of(found, page, lambda one: (one.sent_at, one.id))
    return web.json_response({"messages": [_shown(one, persons) for one in shown], "next": after})


async def _file(
    request: web.Request, session: AsyncSession, meeting: Meeting, persons: Collection[str]
) -> web.Response:
    key = request.app[KEYRING].unwrap(meeting.wrapped_key)
    message = request.match_info["message"]
    found = await messages.one(session, meeting.id, persons, message, key) if persons else None
    content = await messages.content(session, message, key) if found else None
    if found is None or found.file is None or content is None:
        raise NotFound("There is no such file.")
    # Whatever it is: to be saved, and never shown by a page of ours.
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.file.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(body=content, content_type="application/octet-stream", headers=headers)


def _shown(message: Written, persons: Collection[str]) -> dict[str, object]:
    to = message.addressee
    return {
        "id": message.id,
        "identity": message.writer.identity,
        "name": message.writer.name,
        "mine": message.writer.person in persons,
        "text": message.text,
        "sent_at": message.sent_at,
        "to": {"identity": to.identity, "name": to.name} if to else None,
        "file": asdict(message.file) if message.file else None,
    }


# Bytes of a file in base64, and what stands around it.
_LARGEST_BODY = LARGEST * 4 // 3 + 8 * 1024
# Seconds for a file over a slow line: 8 MiB at 600 kbit/s.
_PATIENCE = 120
