"""How long meetings are kept, and the proofs of what is gone: for administrators."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from visio.store import audit, past, proofs
from visio.store.acts import Act
from visio.store.audit import COLUMNS, Deed
from visio.store.past import Wanted as WantedMeetings
from visio.store.proofs import Proof, Wanted
from visio.store.retention import DAY
from visio.views import parts
from visio.views.author import author, note
from visio.views.described import described
from visio.views.parts import Search
from visio.views.past_meetings import rule_of
from visio.views.request import administrator
from visio.views.state import CLOCK, CONFIG, DATABASE

Time = Annotated[int, Field(ge=0, le=2**53)]


class Rules(BaseModel):
    """Days that meetings are kept where their room does not say, and at most; days of the audit.

    How many meetings are over and kept, how many of them the rules end within a day and within a
    week, and how many are held, whatever they say.
    """

    days: int
    most: int
    audit_days: int
    kept: int
    due_day: int
    due_week: int
    held: int


class Filters(BaseModel):
    """`since` and `until` (not in) are milliseconds since 1970 UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    search: Search = ""
    since: Time | None = None
    until: Time | None = None


class ProofsAsked(Filters):
    """`before` is the `next` of the part before this one."""

    before: Time | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ProofShown(BaseModel):
    """`entry` is the row of the audit; `before` the hash of the row before it, from which its own
    is made; `title` and `slug` are those of the room, `by` the name of the account that deleted."""

    entry: dict[str, Any]
    before: str | None
    title: str | None
    slug: str | None
    by: str | None


class Proofs(BaseModel):
    proofs: list[ProofShown]
    next: int | None


@described(answer=Rules)
async def show(request: web.Request) -> web.Response:
    """The rules, and how many meetings they are about."""
    await administrator(request)
    config, rule, now = request.app[CONFIG], rule_of(request), request.app[CLOCK]()
    wanted = {
        "kept": WantedMeetings(),
        "due_day": WantedMeetings(held=False, before=now + DAY),
        "due_week": WantedMeetings(held=False, before=now + 7 * DAY),
        "held": WantedMeetings(held=True),
    }
    async with request.app[DATABASE].transaction() as session:
        counts = {name: await past.count(session, one, rule) for name, one in wanted.items()}
    days = {"days": min(rule.days, rule.most), "most": rule.most, "audit_days": config.audit_days}
    return web.json_response({**days, **counts})


@described(query=ProofsAsked, answer=Proofs)
async def listed(request: web.Request) -> web.Response:
    """The proofs of deletion, the newest first."""
    await administrator(request)
    asked = parts.asked(request, ProofsAsked)
    by = await author(request)
    async with request.app[DATABASE].transaction() as session:
        found = await proofs.page(session, _wanted(asked), before=asked.before, limit=asked.limit)
        if asked.before is None:  # once, not for each part of it
            given = [name for name in Filters.model_fields if getattr(asked, name)]
            read = Deed(Act.AUDIT_READ, detail={"filters": sorted(["act", *given])})
            await audit.append(session, by, read)
    shown = found[: asked.limit]
    after = shown[-1].entry.number if len(found) > asked.limit else None
    return web.json_response({"proofs": [_shown(one) for one in shown], "next": after})


@described(query=Filters, status=200)
async def as_json(request: web.Request) -> web.StreamResponse:
    """All that are wanted, oldest first, as a JSON array."""
    return await _export(request, "json", "application/json", _json)


@described(query=Filters, status=200)
async def as_csv(request: web.Request) -> web.StreamResponse:
    """All that are wanted, oldest first, as a table."""
    return await _export(request, "csv", "text/csv", _csv)


async def _export(request: web.Request, name: str, kind: str, write: Any) -> web.StreamResponse:
    await administrator(request)
    wanted = _wanted(parts.asked(request, Filters))
    exported = Deed(Act.AUDIT_EXPORTED, detail={"format": name, "act": Act.MEETING_DELETED})
    await note(request, await author(request), exported)
    rows = proofs.read(request.app[DATABASE], wanted)
    return await parts.stream(request, f"proofs.{name}", kind, write(rows))


async def _json(pages: AsyncIterator[Sequence[Proof]]) -> AsyncIterator[str]:
    comma = ""
    yield "["
    async for rows in pages:
        yield comma + ",\n".join(json.dumps(_shown(one)) for one in rows)
        comma = ",\n"
    yield "]\n"


def _csv(pages: AsyncIterator[Sequence[Proof]]) -> AsyncIterator[str]:
    async def cells() -> AsyncIterator[list[list[str]]]:
        async for rows in pages:
            yield [_cells(one) for one in rows]

    return parts.table([*COLUMNS, "hash_before", "title", "slug", "by"], cells())


def _wanted(asked: Filters) -> Wanted:
    return Wanted(asked.search, asked.since, asked.until)


def _shown(one: Proof) -> dict[str, object]:
    return {
        "entry": audit.shown(one.entry),
        "before": one.before,
        "title": one.room.title if one.room else None,
        "slug": one.room.slug if one.room else None,
        "by": one.by,
    }


def _cells(one: Proof) -> list[str]:
    told = _shown(one)
    entry = audit.shown(one.entry)
    values = [*entry.values(), *(told[name] for name in ("before", "title", "slug", "by"))]
    return ["" if value is None else str(value) for value in values]
