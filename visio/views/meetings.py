import json
from datetime import datetime
from pathlib import Path
from typing import Literal, TypedDict, cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import web
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from visio.attendance import Attendee, attendees
from visio.errors import BadRequest
from visio.mail import Language
from visio.store import consents, meetings, participants, talkspurts
from visio.store.consents import Standing
from visio.store.pages import Page
from visio.views import readers, sheets, spoken
from visio.views.author import author, note
from visio.views.described import HOST, Paged, described
from visio.views.paging import asked_page, page_of
from visio.views.passages import Passage
from visio.views.request import account
from visio.views.state import CLOCK, DATABASE, KEYRING


class MeetingSummary(BaseModel):
    """`started_at` and `ended_at` (None: it runs) are milliseconds since 1970 UTC; the counts are
    those of people and of utterances."""

    id: str
    title: str
    slug: str
    started_at: int
    ended_at: int | None
    participants: int
    utterances: int


class Meetings(Paged):
    meetings: list[MeetingSummary]


class Participant(BaseModel):
    id: str
    identity: str
    name: str


class StayShown(BaseModel):
    """Milliseconds since 1970 UTC; `left_at` is None while they are inside."""

    joined_at: int
    left_at: int | None


class AttendeeShown(BaseModel):
    """One person with all their stays; `present` and `spoken` are milliseconds in all."""

    name: str
    kind: Literal["account", "guest", "phone", "service"]
    present: int
    spoken: int
    stays: list[StayShown]


class SheetQuery(BaseModel):
    """In which language, and by the clocks of which IANA time zone."""

    language: Language = "fr"
    zone: str = "UTC"


class Meeting(BaseModel):
    """`pending` talkspurts are still to be written down; `final` when none will come any more.

    `utterances` are the first of them, `next` is where `/utterances` goes on, or null; `partial`
    where I am given only what I said myself. `consent` is mine to transcription, with an account:
    None where I never gave it. `may_share` also says that I may name voices, and correct all.
    """

    id: str
    title: str
    slug: str
    started_at: int
    ended_at: int | None
    participants: list[Participant]
    attendance: list[AttendeeShown]
    artefacts: list[Literal["transcript"]]
    utterances: list[Passage]
    next: str | None
    partial: bool
    pending: int
    final: bool
    consent: Standing | None
    may_share: bool


@described(answer=Meetings, scope="meetings:read", paged=True)
async def history(request: web.Request) -> web.Response:
    """The meetings I attended, or of rooms I own, running and past; the newest first."""
    mine, page = await account(request), asked_page(request)
    async with request.app[DATABASE].transaction() as session:
        attended = await meetings.history(session, mine.id, page)
    shown, after = page_of(attended, page, lambda one: (one.meeting.started_at, one.meeting.id))
    return web.json_response({"meetings": [_summary(one) for one in shown], "next": after})


@described(answer=Meeting, scope="transcripts:read", door=HOST)
async def show(request: web.Request) -> web.Response:
    """One with its transcript and who was there, to those who attended it, the room's owner, and
    whom a host lets read it."""
    meeting_id, asker = request.match_info["id"], await readers.asker(request)
    async with request.app[DATABASE].transaction() as session:
        reader = await readers.reader(session, meeting_id, asker)
        stays = await participants.of_meeting(session, meeting_id)
        pending = await talkspurts.pending(session, meeting_id)
        found, after = await spoken.part(session, reader, _FIRST, request.app[KEYRING])
        consent = await _consent(session, meeting_id, asker.account)
    if found:
        await note(request, await author(request), spoken.was_read(reader))
    meeting, room = reader.meeting, reader.room
    return web.json_response(
        {
            "id": meeting.id,
            "title": room.title,
            "slug": room.slug,
            "started_at": meeting.started_at,
            "ended_at": meeting.ended_at,
            "participants": [
                {"id": person.id, "identity": person.identity, "name": person.name}
                for person in stays
            ],
            "attendance": [_attendance(one) for one in attendees(stays, request.app[CLOCK]())],
            "artefacts": ["transcript"] if found or pending else [],
            "utterances": found,
            "next": after,
            "partial": not reader.reads_all,
            "pending": pending,
            "final": spoken.final(meeting),
            "consent": consent,
            "may_share": reader.hosts,
        }
    )


@described(query=SheetQuery, scope="meetings:read", door=HOST, status=200)
async def attendance_sheet(request: web.Request) -> web.Response:
    """Its attendance as CSV, a line for each stay, in the reader's language and time zone."""
    meeting_id, asker = request.match_info["id"], await readers.asker(request)
    async with request.app[DATABASE].transaction() as session:
        reader = await readers.reader(session, meeting_id, asker)
        stays = await participants.of_meeting(session, meeting_id)
    language, zone = asked_language(request), asked_zone(request)
    meeting, room = reader.meeting, reader.room
    words = _WORDS[language]
    rows = [words["columns"]]
    for one in attendees(stays, request.app[CLOCK]()):
        rows += _lines(one, words["kinds"], zone)
    day = _local(meeting.started_at, zone)[:10]
    separator = ";" if language == "fr" else ","
    return sheets.download(rows, f"{day} {room.title}", separator=separator)


async def _consent(
    session: AsyncSession, meeting_id: str, account_id: str | None
) -> Standing | None:
    """Guests have no account."""
    if account_id is None:
        return None
    given = await consents.of_account(session, meeting_id, account_id, "transcription")
    return consents.standing(given)


def _summary(attended: meetings.Attended) -> dict[str, object]:
    return {
        "id": attended.meeting.id,
        "title": attended.room.title,
        "slug": attended.room.slug,
        "started_at": attended.meeting.started_at,
        "ended_at": attended.meeting.ended_at,
        "participants": attended.participants,
        "utterances": attended.utterances,
    }


def _attendance(one: Attendee) -> dict[str, object]:
    return {
        "name": one.name,
        "kind": one.kind,
        "present": one.present,
        "spoken": one.spoken,
        "stays": [{"joined_at": stay.joined_at, "left_at": stay.left_at} for stay in one.stays],
    }


def _lines(one: Attendee, kinds: dict[str, str], zone: ZoneInfo) -> list[list[str]]:
    return [
        [
            one.name,
            kinds[one.kind],
            _local(stay.joined_at, zone),
            "" if stay.left_at is None else _local(stay.left_at, zone),
            "" if stay.left_at is None else _length(stay.left_at - stay.joined_at),
            _length(stay.spoken),
            _length(one.present),
        ]
        for stay in one.stays
    ]


def _local(instant: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(instant // 1000, zone).strftime("%Y-%m-%d %H:%M:%S")


def _length(milliseconds: int) -> str:
    seconds = round(max(0, milliseconds) / 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def asked_language(request: web.Request) -> Language:
    """That of a file; raises BadRequest."""
    for language in get_args(Language):
        if request.query.get("language", "fr") == language:
            return cast("Language", language)
    raise BadRequest("language is fr or en.")


def asked_zone(request: web.Request) -> ZoneInfo:
    """That of a file's times; raises BadRequest."""
    try:
        return ZoneInfo(request.query.get("zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest("zone is a name of the IANA time zone database.") from None


class _Words(TypedDict):
    columns: list[str]
    kinds: dict[str, str]


_FIRST = Page(200)
"""What a meeting comes with: more opens its page later, less makes more of them ask again."""
_WORDS: dict[Language, _Words] = json.loads((Path(__file__).parent / "attendance.json").read_text())
