"""Lists that the database searches and sorts, by parts of it or as a table of everything."""

import base64
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Annotated, Any, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from visio.errors import Unprocessable
from visio.store.cursors import Keys, Part
from visio.views.sheets import lines

Row = TypeVar("Row")
Where = Callable[[Row], tuple[int | str, str]]
"""What a row is sorted by, and its id."""
Search = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class Asked(BaseModel):
    """What the address says after "?"; `after` is the `next` of the part before."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    search: Search = ""
    sort: str = ""
    order: Literal["ascending", "descending"] = "ascending"
    after: Annotated[str, Field(max_length=4000, pattern="^[A-Za-z0-9_-]*$")] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class AskedWithin(Asked):
    """`entity` is the id of one, whose people or rooms are wanted, or "none"."""

    entity: Annotated[str, StringConstraints(pattern=r"^([0-9a-f-]{36}|none)?$")] = ""


A = TypeVar("A", bound=BaseModel)


def asked(request: web.Request, kind: type[A]) -> A:
    """Raises Unprocessable."""
    try:
        return kind.model_validate(dict(request.query))
    except ValidationError as error:
        raise Unprocessable(error.errors()[0]["msg"]) from None


def part_of(asked: Asked, keys: Keys) -> Part:
    """The part of the list that is asked for; raises Unprocessable. The first key is the usual."""
    sort = asked.sort or next(iter(keys))
    if sort not in keys:
        raise Unprocessable(f"sort is one of {', '.join(keys)}.")
    after = _read(asked.after, sort, keys) if asked.after else None
    return Part(sort, asked.order == "descending", asked.limit, after)


def shown(found: Sequence[Row], part: Part, where: Where[Row]) -> tuple[Sequence[Row], str | None]:
    """The rows of the part, and what to give as `after` for the next; None at the end."""
    if len(found) <= part.limit:
        return found, None
    rows = found[: part.limit]
    cursor = json.dumps([part.sort, *where(rows[-1])], ensure_ascii=False).encode()
    return rows, base64.urlsafe_b64encode(cursor).decode().rstrip("=")


async def every(
    fetch: Callable[[Part], Awaitable[Sequence[Row]]], asked: Asked, keys: Keys, where: Where[Row]
) -> AsyncIterator[Sequence[Row]]:
    """All rows from the part on that is asked for, some at a time."""
    first = part_of(asked, keys)
    after = first.after
    while True:
        part = Part(first.sort, first.descending, _AT_ONCE, after)
        found = await fetch(part)
        yield found[:_AT_ONCE]
        if len(found) <= _AT_ONCE:
            return
        after = where(found[_AT_ONCE - 1])


async def stream(
    request: web.Request, name: str, kind: str, texts: AsyncIterator[str]
) -> web.StreamResponse:
    """A file of that name, sent as it comes."""
    response = web.StreamResponse(
        headers={
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
    )
    await response.prepare(request)
    async for text in texts:
        await response.write(text.encode())
    await response.write_eof()
    return response


async def table(
    heading: Sequence[str], pages: AsyncIterator[Iterable[Sequence[str]]]
) -> AsyncIterator[str]:
    """RFC 4180, with the mark by which spreadsheets know UTF-8; no cell is a formula there."""
    yield "\ufeff" + lines([heading])
    async for rows in pages:
        yield lines(rows)


def _read(text: str, sort: str, keys: Keys) -> tuple[int | str, str]:
    try:
        read: Any = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        read = None
    match read:
        case [str(of), int() | str() as value, str(row_id)] if (
            of == sort
            and _fits(value, keys[sort].type.python_type)
            and re.fullmatch("[0-9a-f-]{36}", row_id)
        ):
            return value, row_id
    raise Unprocessable("after is not what the part before said.")


def _fits(value: int | str, kind: type[object]) -> bool:
    if isinstance(value, str):
        # Neither database takes a NUL, nor half of a pair of surrogates.
        return kind is str and not re.search("[\x00\ud800-\udfff]", value)
    return kind is int and not isinstance(value, bool) and abs(value) <= 2**53


# Rows of a table read at once: more takes memory, less more queries.
_AT_ONCE = 1000
