"""The meetings of the whole instance that are over, for its administrators: what is kept of them
and until when. Nothing here says who was there or what they said."""

import logging
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, StringConstraints

from visio import retention
from visio.store import past
from visio.store.cursors import Part
from visio.store.past import Past, Wanted
from visio.store.retention import Hold, HoldReason, ReleaseReason, Rule
from visio.views import parts, sheets
from visio.views.author import author
from visio.views.described import described
from visio.views.parts import AskedWithin
from visio.views.request import Body, Line, administrator, read
from visio.views.state import CLOCK, CONFIG, DATABASE

logger = logging.getLogger(__name__)


class AskedPast(AskedWithin):
    """`held` chooses those that are, or are not."""

    held: bool | None = None


class PastMeeting(BaseModel):
    """Times are milliseconds since 1970 UTC; `until` is when the rules end it, if it is not `held`.

    `sound` is what waits to be transcribed.
    """

    id: str
    title: str
    slug: str
    deleted: bool
    started_at: int
    ended_at: int
    people: int
    kept: list[Literal["attendance", "transcript", "sound"]]
    until: int
    held_at: int | None
    held_for: HoldReason | None
    held_reference: str


class PastMeetings(BaseModel):
    """`total` counts those of all parts."""

    meetings: list[PastMeeting]
    total: int
    next: str | None


class HoldBody(Body):
    """`reference` tells which case: it is kept with the meeting, and shown here only."""

    reason: HoldReason
    reference: Annotated[Line, StringConstraints(max_length=200)] = ""


class ReleaseBody(Body):
    reason: ReleaseReason


@described(query=AskedPast, answer=PastMeetings)
async def listed(request: web.Request) -> web.Response:
    """Those of everybody; `sort` is started, title, length or until."""
    await administrator(request)
    asked, rule = parts.asked(request, AskedPast), rule_of(request)
    part, wanted = parts.part_of(asked, past.keys_by(rule)), _wanted(asked)
    async with request.app[DATABASE].transaction() as session:
        found = await past.page(session, wanted, rule, part)
        total = await past.count(session, wanted, rule)
    rows, after = parts.shown(found, part, _where)
    told = [_shown(one) for one in rows]
    return web.json_response({"meetings": told, "total": total, "next": after})


@described(query=AskedPast, status=200)
async def listed_as_csv(request: web.Request) -> web.StreamResponse:
    """All of them, as a table."""
    await administrator(request)
    asked, rule = parts.asked(request, AskedPast), rule_of(request)
    wanted, keys = _wanted(asked), past.keys_by(rule)

    async def fetch(part: Part) -> Sequence[Past]:
        async with request.app[DATABASE].transaction() as session:
            return await past.page(session, wanted, rule, part)

    async def cells() -> AsyncIterator[list[list[str]]]:
        async for rows in parts.every(fetch, asked, keys, _where):
            yield [_cells(one) for one in rows]

    parts.part_of(asked, keys)  # refused while that can still be said
    return await parts.stream(request, "meetings.csv", "text/csv", parts.table(_HEADING, cells()))


@described(body=HoldBody)
async def hold(request: web.Request) -> web.Response:
    """Keep it whatever the rules say, until it is released."""
    await administrator(request)
    body, by = await read(request, HoldBody), await author(request)
    why, now = Hold(body.reason, body.reference), request.app[CLOCK]()
    await retention.hold(request.app[DATABASE], request.match_info["id"], why, now, by)
    return web.Response(status=204)


@described(body=ReleaseBody)
async def release(request: web.Request) -> web.Response:
    """Let the rules decide again: what is due goes within the hour."""
    await administrator(request)
    body, by = await read(request, ReleaseBody), await author(request)
    await retention.release(request.app[DATABASE], request.match_info["id"], body.reason, by)
    return web.Response(status=204)


@described()
async def purge(request: web.Request) -> web.Response:
    """Delete it now, with all that was made of it and a proof; not one that is held."""
    await administrator(request)
    by = await author(request)
    await retention.delete_now(request.app[DATABASE], request.match_info["id"], by)
    logger.info("a meeting was deleted by an administrator")
    return web.Response(status=204)


def rule_of(request: web.Request) -> Rule:
    """How long the server keeps meetings."""
    config = request.app[CONFIG]
    return Rule(config.retention_days, config.retention_most)


def _wanted(asked: AskedPast) -> Wanted:
    return Wanted(asked.search, asked.held, entity=asked.entity)


def _where(one: Past) -> tuple[int | str, str]:
    return one.key, one.meeting.id


def _shown(one: Past) -> dict[str, object]:
    return {
        "id": one.meeting.id,
        "title": one.room.title,
        "slug": one.room.slug,
        "deleted": one.room.deleted_at is not None,
        "started_at": one.meeting.started_at,
        "ended_at": one.meeting.ended_at,
        "people": one.people,
        "kept": one.kept,
        "until": one.until,
        "held_at": one.meeting.held_at,
        "held_for": one.meeting.held_for,
        "held_reference": one.meeting.held_reference,
    }


def _cells(one: Past) -> list[str]:
    seconds = ((one.meeting.ended_at or 0) - one.meeting.started_at) // 1000
    return [
        one.meeting.id,
        one.room.title,
        one.room.slug,
        sheets.iso(one.meeting.started_at),
        sheets.iso(one.meeting.ended_at),
        str(max(0, seconds)),
        str(one.people),
        " ".join(one.kept),
        "" if one.meeting.held_at else sheets.iso(one.until),
        sheets.iso(one.meeting.held_at),
        one.meeting.held_for or "",
        one.meeting.held_reference,
    ]


_HEADING = (
    "id",
    "title",
    "slug",
    "started",
    "ended",
    "seconds",
    "people",
    "kept",
    "until",
    "held_since",
    "held_for",
    "held_reference",
)
