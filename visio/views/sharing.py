"""Who may read a transcript: those who attended, unless a host says otherwise, and those whom a
host names."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from visio.auth.accounts import normalised
from visio.errors import AddressUnknown, NotAllowed
from visio.store import accounts, audit, corrections, meetings
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.views import readers
from visio.views.author import author
from visio.views.described import HOST, Paged, described
from visio.views.paging import asked_page, page_of
from visio.views.readers import Reader
from visio.views.request import Body, Line, read, source
from visio.views.state import CLOCK, DATABASE, LIMITS


class Attendees(Body):
    """Whether those who attended read all of it, or what they said themselves."""

    attendees: bool


class NewReader(Body):
    email: Annotated[Line, Field(max_length=254)]


class ReaderShown(BaseModel):
    id: str
    name: str
    email: str


class Sharing(Paged):
    attendees: bool
    readers: list[ReaderShown]


@described(answer=Sharing, door=HOST, paged=True)
async def show(request: web.Request) -> web.Response:
    """With whom the transcript is shared, to hosts of the room; the newest first."""
    asker, page = await readers.asker(request), asked_page(request)
    async with request.app[DATABASE].transaction() as session:
        reader = _host(await readers.reader(session, request.match_info["id"], asker))
        found = await corrections.readers(session, reader.meeting.id, page)
    shown, after = page_of(found, page, lambda one: (one[0].created_at, one[1].id))
    told = [{"id": one.id, "name": one.name, "email": one.email} for _, one in shown]
    attendees = reader.meeting.attendees_read
    return web.json_response({"attendees": attendees, "readers": told, "next": after})


@described(body=Attendees, door=HOST)
async def change(request: web.Request) -> web.Response:
    """Share it with those who attended, or no more: it counts from their next request on."""
    asker, body = await readers.asker(request), await read(request, Attendees)
    by = await author(request)
    async with request.app[DATABASE].transaction() as session:
        await meetings.lock(session, request.match_info["id"])
        reader = _host(await readers.reader(session, request.match_info["id"], asker))
        if reader.meeting.attendees_read != body.attendees:
            reader.meeting.attendees_read = body.attendees
            await audit.append(session, by, _deed(reader, body.attendees, {"with": "attendees"}))
    return web.Response(status=204)


@described(body=NewReader, door=HOST)
async def add(request: web.Request) -> web.Response:
    """Share it with somebody who has an account, by their e-mail address."""
    asker, body = await readers.asker(request), await read(request, NewReader)
    guesses, now = request.app[LIMITS].rooms, request.app[CLOCK]()
    guesses.check(source(request), now)
    by = await author(request)
    async with request.app[DATABASE].transaction() as session:
        await meetings.lock(session, request.match_info["id"])
        reader = _host(await readers.reader(session, request.match_info["id"], asker))
        account = await accounts.by_email(session, normalised(body.email))
        if account and await corrections.add_reader(session, reader.meeting.id, account.id, now):
            await audit.append(session, by, _deed(reader, True, {"with": account.id}))
    if account is None:
        guesses.failed(source(request), now)
        raise AddressUnknown
    return web.Response(status=204)


@described(door=HOST)
async def remove(request: web.Request) -> web.Response:
    """Share it with somebody no more: it counts from their next request on."""
    asker, by = await readers.asker(request), await author(request)
    account = request.match_info["account"]
    async with request.app[DATABASE].transaction() as session:
        await meetings.lock(session, request.match_info["id"])
        reader = _host(await readers.reader(session, request.match_info["id"], asker))
        if await corrections.remove_reader(session, reader.meeting.id, account):
            await audit.append(session, by, _deed(reader, False, {"with": account}))
    return web.Response(status=204)


def _host(reader: Reader) -> Reader:
    if not reader.hosts:
        raise NotAllowed
    return reader


def _deed(reader: Reader, shared: bool, detail: dict[str, object]) -> Deed:
    act = Act.TRANSCRIPT_SHARED if shared else Act.TRANSCRIPT_UNSHARED
    return Deed(act, ("meeting", reader.meeting.id), reader.room.id, detail=detail)
