"""What a meeting made, for who has just left it: that something is there, not what it says."""

from typing import Literal

from aiohttp import web
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from visio.attendance import attendees
from visio.store import messages, minutes, participants, talkspurts, utterances
from visio.store.messages import Counted
from visio.store.minutes import UNDER_WAY
from visio.views import readers, spoken
from visio.views.described import HOST, described
from visio.views.readers import Reader
from visio.views.state import CLOCK, DATABASE

State = Literal["none", "writing", "ready"]


class Outcome(BaseModel):
    """Times are milliseconds since 1970 UTC; `ended_at` is None while it runs. `people` are the
    names of all who were there, in order of coming, without programs.

    `messages` and `files` count what is kept of the chat for me to read.
    """

    started_at: int
    ended_at: int | None
    people: list[str]
    transcript: State
    minutes: State
    messages: int
    files: int


@described(answer=Outcome, scope="meetings:read", door=HOST)
async def show(request: web.Request) -> web.Response:
    """What there is of a meeting and what is still being made, to those who may see it. Nothing
    that was said is read for it."""
    meeting_id, asker = request.match_info["id"], await readers.asker(request)
    async with request.app[DATABASE].transaction() as session:
        reader = await readers.reader(session, meeting_id, asker)
        stays = await participants.of_meeting(session, meeting_id)
        transcript = await _transcript(session, reader)
        written = await _minutes(session, reader)
        chat = await _chat(session, reader)
    people = attendees(stays, request.app[CLOCK]())
    return web.json_response(
        {
            "started_at": reader.meeting.started_at,
            "ended_at": reader.meeting.ended_at,
            "people": [one.name for one in people if one.kind != "service"],
            "transcript": transcript,
            "minutes": written,
            "messages": chat.messages,
            "files": chat.files,
        }
    )


async def _transcript(session: AsyncSession, reader: Reader) -> State:
    """That of who reads only their own words is theirs."""
    meeting = reader.meeting
    there = await utterances.any_of(session, meeting.id, reader.only)
    if not there and reader.reads_all:
        there = await talkspurts.pending(session, meeting.id) > 0
    if not there:
        return "none"
    return "ready" if spoken.final(meeting) else "writing"


async def _minutes(session: AsyncSession, reader: Reader) -> State:
    row = await minutes.find(session, reader.meeting.id) if reader.reads_all else None
    if row is not None and row.state in UNDER_WAY:
        return "writing"
    return "ready" if row is not None and row.text else "none"


async def _chat(session: AsyncSession, reader: Reader) -> Counted:
    """What goes with the end of the meeting is not counted."""
    if not reader.room.chat_kept or not reader.stays:
        return Counted(0, 0)
    return await messages.count(session, reader.meeting.id, {one.person for one in reader.stays})
