"""The audit, for administrators: to look something up, to take it all along, to verify it."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from visio.errors import AddressUnknown, Unprocessable
from visio.store import accounts, audit, entities, exports, keys, rooms
from visio.store.acts import Act
from visio.store.audit import Deed, Wanted
from visio.store.models import AuditEntry
from visio.views.author import by_account, note
from visio.views.described import described
from visio.views.request import Body, Line, administrator, read
from visio.views.state import DATABASE

Time = Annotated[int, Field(ge=0, le=2**53, strict=False)]
Text = Annotated[Line, Field(max_length=256)]


class Filters(Body):
    """What `Wanted` chooses by, as the address says it: `person` may be an address of mail too,
    `about` the name in the address of a room."""

    act: Act | None = Field(None, strict=False)
    person: Text | None = None
    about: Text | None = None
    author: Text | None = None
    object: Text | None = None
    room: Text | None = None
    since: Time | None = None
    until: Time | None = None

    def wanted(self) -> Wanted:
        return Wanted(**self.model_dump(include=set(Filters.model_fields)))


F = TypeVar("F", bound=Filters)


class Page(Filters):
    """`before` is the `next` of the page before this one."""

    before: Time | None = None
    limit: Annotated[int, Field(ge=1, le=500, strict=False)] = 100


class Export(Filters):
    after: Time = 0
    format: exports.Format = "jsonl"


class Entries(BaseModel):
    """`names` are those of accounts, keys, entities and rooms in `entries` that are still there, by
    their ids."""

    entries: list[dict[str, Any]]
    names: dict[str, str]
    next: int | None


class Noted(Body):
    """An end of the chain that was noted before: it must still be in it."""

    number: Annotated[int, Field(ge=1, le=2**53)]
    hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Verification(Body):
    expected: Noted | None = None


class FoundFault(BaseModel):
    """The row of that number was changed, is missing, or was purged by the rules."""

    number: int
    what: Literal["changed", "missing", "purged"]


class Verified(BaseModel):
    """The rows that were read, the end of the chain, and where it does not hold: the first
    hundred of so many `faults_in_all`."""

    rows: int
    number: int
    hash: str
    faults: list[FoundFault]
    faults_in_all: int


@described(query=Page, answer=Entries)
async def listed(request: web.Request) -> web.Response:
    """The newest rows that are wanted, with the names of what is still there."""
    mine = await administrator(request)
    asked = _asked(request, Page)
    async with request.app[DATABASE].transaction() as session:
        wanted = await _wanted(session, asked)
        rows = await audit.page(session, wanted, before=asked.before, limit=asked.limit)
        names = await _names(session, rows)
        if asked.before is None:  # once, not for each page of it
            await audit.append(session, by_account(request, mine.id), _read(wanted))
    return web.json_response(
        {
            "entries": [audit.shown(row) for row in rows],
            "names": names,
            "next": rows[-1].number if len(rows) == asked.limit else None,
        }
    )


@described(query=Export, status=200)
async def export(request: web.Request) -> web.StreamResponse:
    """All rows that are wanted, oldest first, as JSON lines or CSV."""
    mine = await administrator(request)
    asked = _asked(request, Export)
    async with request.app[DATABASE].transaction() as session:
        wanted = await _wanted(session, asked)
    detail = {"format": asked.format, "after": asked.after, **_filters(wanted)}
    await note(request, by_account(request, mine.id), Deed(Act.AUDIT_EXPORTED, detail=detail))
    response = web.StreamResponse(
        headers={
            "Content-Type": _TYPES[asked.format],
            "Content-Disposition": f'attachment; filename="audit.{asked.format}"',
        }
    )
    await response.prepare(request)
    await response.write(exports.heading(asked.format).encode())
    async for rows in audit.read(request.app[DATABASE], wanted, after=asked.after):
        await response.write("".join(exports.line(row, asked.format) for row in rows).encode())
    await response.write_eof()
    return response


@described(body=Verification, answer=Verified)
async def verify(request: web.Request) -> web.Response:
    """Read the whole chain, and tell where it does not hold; one at a time."""
    by = by_account(request, (await administrator(request)).id)
    noted = (await read(request, Verification)).expected
    async with request.app[VERIFYING]:
        verdict = await audit.verify(
            request.app[DATABASE], expected=(noted.number, noted.hash) if noted else None
        )
    detail = {"rows": verdict.rows, "through": verdict.number, "faults": len(verdict.faults)}
    await note(request, by, Deed(Act.AUDIT_VERIFIED, detail=detail))
    return web.json_response(
        {
            "rows": verdict.rows,
            "number": verdict.number,
            "hash": verdict.hash,
            "faults": [asdict(fault) for fault in verdict.faults[:_SHOWN]],
            "faults_in_all": len(verdict.faults),
        }
    )


def _asked(request: web.Request, kind: type[F]) -> F:
    try:
        return kind.model_validate(dict(request.query))
    except ValidationError as error:
        fields = sorted({str(one["loc"][0]) for one in error.errors() if one["loc"]})
        raise Unprocessable(f"Not understood: {', '.join(fields)}.") from None


async def _wanted(session: AsyncSession, asked: Filters) -> Wanted:
    """By ids; raises AddressUnknown."""
    wanted = asked.wanted()
    if wanted.person and "@" in wanted.person:
        account = await accounts.by_email(session, wanted.person.lower())
        if account is None:
            raise AddressUnknown
        wanted = replace(wanted, person=account.id)
    if wanted.about and (room := await rooms.id_of(session, wanted.about)):
        wanted = replace(wanted, about=room)
    return wanted


def _read(wanted: Wanted) -> Deed:
    return Deed(Act.AUDIT_READ, detail={"filters": [], **_filters(wanted)})


def _filters(wanted: Wanted) -> dict[str, object]:
    """Which were set, not to what."""
    looked = sorted(name for name, value in asdict(wanted).items() if value)
    return {"filters": looked} if looked else {}


async def _names(session: AsyncSession, rows: Sequence[AuditEntry]) -> dict[str, str]:
    return {
        **await accounts.names_of(session, _ids_in(rows, "account")),
        **await keys.names_of(session, _ids_in(rows, "key")),
        **await entities.names_of(session, _ids_in(rows, "entity")),
        **await rooms.titles_of(session, {row.room for row in rows if row.room}),
    }


def _ids_in(rows: Iterable[AuditEntry], kind: str) -> set[str]:
    authors = {row.author for row in rows if row.author and row.author_kind == kind}
    return authors | {row.object for row in rows if row.object and row.object_kind == kind}


VERIFYING = web.AppKey("verifying", asyncio.Lock)
"""Held while the chain is read: it is long, and every processor is needed for calls."""
_TYPES = {"jsonl": "application/jsonl; charset=utf-8", "csv": "text/csv; charset=utf-8"}
# Faults that are told: one is enough to know; a chain that was replaced has one for each row.
_SHOWN = 100
