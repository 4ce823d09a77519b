"""The meetings that run now, for administrators of the instance."""

import logging
from contextlib import suppress
from dataclasses import asdict

from aiohttp import web
from pydantic import BaseModel

from visio import hosting, overview
from visio.errors import MeetingNotFound, NotFound, RoomNotFound
from visio.hub import LiveRoom
from visio.overview import LiveMeeting, Present
from visio.store.acts import Act
from visio.store.audit import Deed
from visio.views.author import author, note
from visio.views.described import described
from visio.views.listing import Asked, Columns, as_csv, asked_for, page
from visio.views.request import administrator
from visio.views.state import HUB

logger = logging.getLogger(__name__)


class LiveMeetings(BaseModel):
    """`total` counts those of all pages."""

    meetings: list[LiveMeeting]
    total: int


class MeetingShown(BaseModel):
    """`total` counts the participants of all pages."""

    meeting: LiveMeeting
    participants: list[Present]
    total: int


@described(query=Asked, answer=LiveMeetings)
async def listed(request: web.Request) -> web.Response:
    """Those that somebody is in."""
    await administrator(request)
    asked = asked_for(request, _MEETINGS)
    found = page(overview.running(request.app[HUB].all_open()), asked, _MEETINGS)
    return web.json_response(
        {"meetings": [asdict(one) for one in found.rows], "total": found.total}
    )


@described(query=Asked, status=200)
async def listed_as_csv(request: web.Request) -> web.Response:
    """All of them, as a table."""
    await administrator(request)
    asked = asked_for(request, _MEETINGS)
    rows = overview.running(request.app[HUB].all_open())
    return as_csv(rows, asked, _MEETINGS, ("since",), "meetings")


@described(query=Asked, answer=MeetingShown)
async def show(request: web.Request) -> web.Response:
    """One of them, and who is in it."""
    live = await _running(request)
    found = page(overview.present(live), asked_for(request, _PEOPLE), _PEOPLE)
    return web.json_response(
        {
            "meeting": asdict(overview.live_meeting(live)),
            "participants": [asdict(one) for one in found.rows],
            "total": found.total,
        }
    )


@described(query=Asked, status=200)
async def people_as_csv(request: web.Request) -> web.Response:
    """Everybody in one of them, as a table."""
    live = await _running(request)
    rows = overview.present(live)
    return as_csv(rows, asked_for(request, _PEOPLE), _PEOPLE, ("since",), "participants")


@described()
async def end(request: web.Request) -> web.Response:
    """It is over for everybody."""
    live = await _running(request)
    meeting = ("meeting", live.meeting.id) if live.meeting else None
    await note(request, await author(request), Deed(Act.ENDED, meeting, live.id))
    with suppress(RoomNotFound):  # its hosts were faster
        await request.app[HUB].delete(live.room.name)
    logger.info("%s ended by an administrator", live.room.sid)
    return web.Response(status=204)


@described()
async def remove(request: web.Request) -> web.Response:
    """Send somebody away; the token they have opens the meeting no more."""
    live = await _running(request)
    sid = request.match_info["participant"]
    if not (participant := live.room.participants.get(sid)):
        raise NotFound("They are not in the meeting any more.")
    removed = Deed(Act.REMOVED, ("participant", participant.identity), live.id)
    await note(request, await author(request), removed)
    await hosting.remove(request.app[HUB], live, participant.identity)
    logger.info("%s removed from %s by an administrator", sid, live.room.sid)
    return web.Response(status=204)


async def _running(request: web.Request) -> LiveRoom:
    """By the sid of the sitting: a page left open never ends the next one."""
    await administrator(request)
    sid = request.match_info["sid"]
    for live in request.app[HUB].all_open():
        if live.room.sid == sid:
            return live
    raise MeetingNotFound


_MEETINGS: Columns[LiveMeeting] = {
    "title": lambda one: one.title,
    "slug": lambda one: one.slug,
    "since": lambda one: one.since,
    "people": lambda one: one.people,
}
_PEOPLE: Columns[Present] = {
    "name": lambda one: one.name,
    "came": lambda one: one.came,
    "role": lambda one: one.role or "",
    "since": lambda one: one.since,
    "quality": lambda one: one.quality,
    "score": lambda one: one.score,
    "published": lambda one: " ".join(
        f"{track.source} (muted)" if track.muted else track.source for track in one.published
    ),
}
