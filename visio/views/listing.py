"""Lists that are in memory: found by a word, put in order, cut into pages, or given as CSV."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from visio.errors import Unprocessable
from visio.store.words import folded
from visio.views.sheets import iso, lines

Row = TypeVar("Row")
Cell = str | int | bool
Columns = Mapping[str, Callable[[Row], Cell]]


class Asked(BaseModel):
    """What the address says after "?"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    search: Annotated[str, Field(max_length=200)] = ""
    sort: str = ""
    order: Literal["ascending", "descending"] = "ascending"
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@dataclass(frozen=True)
class Found(Generic[Row]):
    """A page of what was asked for, and how many there are on all pages."""

    rows: Sequence[Row]
    total: int


def asked_for(request: web.Request, columns: Columns[Row]) -> Asked:
    """Raises Unprocessable; `sort` is one of the columns, at first their first."""
    try:
        asked = Asked.model_validate(dict(request.query))
    except ValidationError as error:
        raise Unprocessable(error.errors()[0]["msg"]) from None
    if asked.sort and asked.sort not in columns:
        raise Unprocessable(f"sort is one of {', '.join(columns)}.")
    return asked


def page(rows: Sequence[Row], asked: Asked, columns: Columns[Row]) -> Found[Row]:
    """The rows of which a text contains what is searched for, however accented."""
    rows = _ordered(rows, asked, columns)
    return Found(rows[asked.offset : asked.offset + asked.limit], len(rows))


def as_csv(
    rows: Sequence[Row], asked: Asked, columns: Columns[Row], times: Sequence[str], name: str
) -> web.Response:
    """All of them as RFC 4180 has it, whatever the page; `times` are columns of milliseconds, of
    which 0 is never."""
    table = [list(columns)]
    for row in _ordered(rows, asked, columns):
        cells = ((title, of(row)) for title, of in columns.items())
        table.append(
            [iso(int(cell) or None) if title in times else str(cell) for title, cell in cells]
        )
    return web.Response(
        # With its mark, spreadsheets read UTF-8 as such.
        body=lines(table).encode("utf-8-sig"),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}.csv"',
        },
    )


def _ordered(rows: Sequence[Row], asked: Asked, columns: Columns[Row]) -> list[Row]:
    wanted = folded(asked.search.strip())
    found = [row for row in rows if wanted in _words(row, columns)]
    key = columns[asked.sort or next(iter(columns))]
    return sorted(found, key=lambda row: _comparable(key(row)), reverse=asked.order == "descending")


def _words(row: Row, columns: Columns[Row]) -> str:
    values = (of(row) for of in columns.values())
    return "\n".join(folded(value) for value in values if isinstance(value, str))


def _comparable(value: Cell) -> tuple[int, str]:
    return (0, folded(value)) if isinstance(value, str) else (int(value), "")
