"""Long lists in parts, the newest first."""

from dataclasses import dataclass
from typing import TypeVarTuple

from sqlalchemy import Select, or_
from sqlalchemy.orm import InstrumentedAttribute

Columns = TypeVarTuple("Columns")

USUAL = 100
"""Items of a page, where nobody says how many."""


@dataclass(frozen=True, slots=True)
class Page:
    """At most `limit` items, those that follow the one of this time and id."""

    limit: int = USUAL
    after: tuple[int, str] | None = None


def cut(
    query: "Select[*Columns]",
    time: InstrumentedAttribute[int],
    row_id: InstrumentedAttribute[str],
    page: Page,
) -> "Select[*Columns]":
    """The rows of a page in order, and one more where there are more."""
    if page.after:
        at, last = page.after
        # The first half is in the second: it lets an index begin there.
        query = query.where(time <= at, or_(time < at, row_id > last))
    return query.order_by(time.desc(), row_id).limit(page.limit + 1)
