"""Meetings for later: for the hosts of their rooms to make and change, for those invited to see."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import web
from pydantic import BaseModel, Field, NaiveDatetime, StringConstraints

from visio import access
from visio.auth.accounts import normalised
from visio.calendar import invitation
from visio.calendar.recurrence import Occurrence, Recurrence, Weekday, milliseconds, named
from visio.errors import MeetingNotFound, NotAllowed, Unprocessable
from visio.mail import Language
from visio.planning import Draft, recurrence_as_json, timetable
from visio.scheduling import SCHEDULE
from visio.store import scheduled
from visio.store.models import Account, Room
from visio.store.scheduled import Scheduled
from visio.views import sheets
from visio.views.author import author
from visio.views.described import Paged, described
from visio.views.paging import asked_page, page_of
from visio.views.request import Body, account, read
from visio.views.rooms import Access, NewRoom, Title, made, visible
from visio.views.state import CLOCK, DATABASE, LIMITS

# Several lines of text: no other control characters, none that turn the reading direction around.
Lines = Annotated[
    str,
    StringConstraints(
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$", max_length=5000
    ),
]
Email = Annotated[str, Field(max_length=254)]


class Repetition(Body):
    """The fields of `Recurrence`."""

    frequency: Literal["daily", "weekly", "monthly"]
    interval: Annotated[int, Field(ge=1, le=99)] = 1
    weekdays: tuple[Weekday, ...] = ()
    by: Literal["day", "weekday"] = "day"
    until: date | None = None
    count: Annotated[int, Field(ge=1, le=366)] | None = None


class Times(Body):
    """Local times of the meeting's zone, in whole minutes."""

    begins: NaiveDatetime
    ends: NaiveDatetime


class Meeting(Times):
    """`reminder` is in minutes before the beginning; none for no letters."""

    title: Title
    agenda: Lines = ""
    zone: Annotated[str, Field(max_length=64)]
    recurrence: Repetition | None = None
    invitees: Annotated[tuple[Email, ...], Field(max_length=200)] = ()
    reminder: Annotated[int, Field(ge=0, le=10_080)] | None = 10
    language: Language = "fr"


class NewMeeting(Meeting):
    """In a room that is there, or, without one, in a new one of that access."""

    room: str | None = None
    access: Access = "restricted"


class RoomNamed(BaseModel):
    slug: str
    title: str


class UpcomingMeeting(BaseModel):
    """One meeting: `occurrence` is the local time that its rule gives it; `begins` and `ends` are
    milliseconds since 1970 UTC."""

    id: str
    occurrence: str
    title: str
    room: RoomNamed
    begins: int
    ends: int
    zone: str
    repeats: bool
    invitees: int
    organizer: str | None
    may_change: bool


class Upcoming(Paged):
    meetings: list[UpcomingMeeting]


class Repeated(BaseModel):
    frequency: Literal["daily", "weekly", "monthly"]
    interval: int
    weekdays: list[Weekday]
    by: Literal["day", "weekday"]
    until: date | None
    count: int | None


class MeetingShown(BaseModel):
    """A whole series, or a single meeting: `begins` and `ends` are local times of its zone."""

    id: str
    title: str
    agenda: str
    room: RoomNamed
    zone: str
    begins: str
    ends: str
    recurrence: Repeated | None
    invitees: list[str]
    reminder: int | None
    language: Language
    organizer: str | None
    may_change: bool


@described(answer=Upcoming, scope="meetings:read", paged=True)
async def upcoming(request: web.Request) -> web.Response:
    """Each meeting that I am invited to or decide for, and that is not over, in order of time."""
    mine, page = await account(request), asked_page(request)
    now = request.app[CLOCK]()
    async with request.app[DATABASE].transaction() as session:
        found = await scheduled.upcoming(session, mine, now)
    lines = merge(*(_coming(one, now, page.after) for one in found), key=lambda line: line[0])
    shown, after = page_of(list(islice(lines, page.limit + 1)), page, lambda line: line[0])
    return web.json_response(
        {"meetings": [_line(one, occurrence) for _, one, occurrence in shown], "next": after}
    )


@described(body=NewMeeting, answer=MeetingShown, status=201)
async def create(request: web.Request) -> web.Response:
    """A meeting in a room that I decide for; everybody invited is written to."""
    mine = await account(request)
    body = await read(request, NewMeeting)
    draft = _draft(body, request.app[CLOCK]())
    _count_letters(request, mine, len(draft.invitees))
    by = await author(request)
    if body.room is None:
        room = NewRoom(title=body.title, access=body.access)
        async with request.app[DATABASE].transaction() as session:
            place = await made(session, room, mine, by)
    else:
        place = await _governed(request, body.room)
    row = await request.app[SCHEDULE].add(draft, place, mine, by=by)
    return web.json_response(_whole(await _find(request, row.id, mine)), status=201)


@described(answer=MeetingShown)
async def show(request: web.Request) -> web.Response:
    """One, to those invited and the room's hosts."""
    mine = await account(request)
    return web.json_response(_whole(await _find(request, request.match_info["id"], mine)))


@described(body=Meeting, answer=MeetingShown)
async def change(request: web.Request) -> web.Response:
    """All of it but its room, by the room's hosts."""
    mine = await account(request)
    body = await read(request, Meeting)
    draft = _draft(body, request.app[CLOCK]())
    _count_letters(request, mine, len(draft.invitees))
    row_id, by = request.match_info["id"], await author(request)
    await request.app[SCHEDULE].change(row_id, draft, mine, by=by)
    return web.json_response(_whole(await _find(request, row_id, mine)))


@described()
async def cancel(request: web.Request) -> web.Response:
    """The whole, by the room's hosts."""
    mine = await account(request)
    by = await author(request)
    await request.app[SCHEDULE].cancel(request.match_info["id"], mine, by=by)
    return web.Response(status=204)


@described(body=Times, answer=MeetingShown)
async def move(request: web.Request) -> web.Response:
    """One meeting of a series, by the room's hosts."""
    mine = await account(request)
    times = await read(request, Times)
    row_id, begins, length = request.match_info["id"], _begins(times), _length(times)
    by = await author(request)
    await request.app[SCHEDULE].move(row_id, _original(request), begins, length, mine, by=by)
    return web.json_response(_whole(await _find(request, row_id, mine)))


@described()
async def cancel_one(request: web.Request) -> web.Response:
    """One meeting of a series, by the room's hosts."""
    mine = await account(request)
    row_id, by = request.match_info["id"], await author(request)
    await request.app[SCHEDULE].cancel_one(row_id, _original(request), mine, by=by)
    return web.Response(status=204)


@described(status=200)
async def calendar(request: web.Request) -> web.Response:
    """As a file for calendars."""
    mine = await account(request)
    found = await _find(request, request.match_info["id"], mine)
    body = invitation.publish(request.app[SCHEDULE].planned(found))
    name = sheets.file_name(found.row.title)
    headers = {"Content-Disposition": f'attachment; filename="{name}.ics"'}
    return web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=headers)


async def _find(request: web.Request, row_id: str, reader: Account) -> Scheduled:
    async with request.app[DATABASE].transaction() as session:
        if (found := await scheduled.find(session, row_id, reader)) is None:
            raise MeetingNotFound
        return found


async def _governed(request: web.Request, slug: str) -> Room:
    room, role = await visible(request, slug)
    if not access.hosts(role):
        raise NotAllowed
    return room


def _draft(body: Meeting, now: int) -> Draft:
    """The choices, which must make sense together; raises Unprocessable."""
    begins = _begins(body)
    draft = Draft(
        title=body.title,
        agenda=body.agenda,
        zone=_zone(body.zone),
        begins=begins,
        length=_length(body),
        recurrence=_recurrence(body.recurrence, begins),
        invitees=tuple(dict.fromkeys(normalised(email) for email in body.invitees)),
        reminder=None if body.reminder is None else timedelta(minutes=body.reminder),
        language=body.language,
    )
    end = draft.timetable.end()
    if end and milliseconds(end) <= now:
        raise Unprocessable("This is over already.")
    return draft


def _recurrence(asked: Repetition | None, begins: datetime) -> Recurrence | None:
    if asked is None:
        return None
    if asked.until and asked.count:
        raise Unprocessable("A series ends on a day or after a number of meetings, not both.")
    if asked.until and asked.until > begins.date() + _LONGEST_SERIES:
        raise Unprocessable("A series with an end lasts ten years at most.")
    rule = Recurrence(**asked.model_dump())
    if not rule.fits(begins):
        raise Unprocessable("A series begins with one of its own days.")
    return rule


def _begins(times: Times) -> datetime:
    for moment in (times.begins, times.ends):
        if moment.second or moment.microsecond or not 2000 <= moment.year < 2200:
            raise Unprocessable("Times are whole minutes of this century or the next.")
    return times.begins


def _length(times: Times) -> timedelta:
    length = times.ends - times.begins
    if not timedelta(0) < length <= _LONGEST:
        raise Unprocessable("A meeting ends after it begins, within a week.")
    return length


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unprocessable("zone is a name of the IANA time zone database.") from None


def _original(request: web.Request) -> datetime:
    try:
        original = datetime.fromisoformat(request.match_info["occurrence"])
    except ValueError:
        raise MeetingNotFound from None
    if named(original) != request.match_info["occurrence"]:
        raise MeetingNotFound
    return original


def _count_letters(request: web.Request, mine: Account, letters: int) -> None:
    """Raise TooManyAttempts for whoever has had too many people written to."""
    limit, now = request.app[LIMITS].invitations, request.app[CLOCK]()
    limit.check(mine.id, now)
    for _ in range(letters):
        limit.failed(mine.id, now)


def _coming(
    found: Scheduled, now: int, position: tuple[int, str] | None
) -> Iterator[tuple[tuple[int, str], Scheduled, Occurrence]]:
    """The occurrences of one, behind a position, with their own."""
    for occurrence in timetable(found).after(datetime.fromtimestamp(now / 1000, UTC)):
        place = milliseconds(occurrence.begins), found.row.id
        if position is None or place > position:
            yield place, found, occurrence


def _line(found: Scheduled, occurrence: Occurrence) -> dict[str, object]:
    row = found.row
    return {
        "id": row.id,
        "occurrence": occurrence.name,
        "title": row.title,
        "room": {"slug": found.room.slug, "title": found.room.title},
        "begins": milliseconds(occurrence.begins),
        "ends": milliseconds(occurrence.ends),
        "zone": row.zone,
        "repeats": bool(row.recurrence),
        "invitees": len(found.invitees),
        "organizer": found.organizer.name if found.organizer else None,
        "may_change": access.hosts(found.role),
    }


def _whole(found: Scheduled) -> dict[str, object]:
    row, table = found.row, timetable(found)
    return {
        "id": row.id,
        "title": row.title,
        "agenda": row.agenda,
        "room": {"slug": found.room.slug, "title": found.room.title},
        "zone": row.zone,
        "begins": row.begins,
        "ends": named(table.begins + table.length),
        "recurrence": recurrence_as_json(table.recurrence),
        "invitees": found.invitees,
        "reminder": None if row.reminder is None else row.reminder // 60_000,
        "language": row.language,
        "organizer": found.organizer.name if found.organizer else None,
        "may_change": access.hosts(found.role),
    }


# More is a project rather than a meeting.
_LONGEST = timedelta(days=7)
_LONGEST_SERIES = timedelta(days=3653)
