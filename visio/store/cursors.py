"""Long lists in parts and in any order: each part begins behind the last row of the one before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

Columns = TypeVarTuple("Columns")
Keys = Mapping[str, ColumnElement[Any] | InstrumentedAttribute[Any]]
"""What rows are sorted by: a name, and a value that no row lacks."""


@dataclass(frozen=True, slots=True)
class Part:
    """At most `limit` rows, sorted so, that follow the one of this value and id."""

    sort: str
    descending: bool = False
    limit: int = 50
    after: tuple[int | str, str] | None = None


def cut(
    query: "Select[*Columns]", keys: Keys, row_id: SQLColumnExpression[str], part: Part
) -> "Select[*Columns]":
    """The rows of a part in order, and one more where there are more."""
    key = keys[part.sort]
    if part.after:
        value, last = part.after
        begins = key <= value if part.descending else key >= value
        beyond = key < value if part.descending else key > value
        behind = row_id < last if part.descending else row_id > last
        # The first is in the others: it lets an index begin there.
        query = query.where(begins, or_(beyond, and_(key == value, behind)))
    order = (key.desc(), row_id.desc()) if part.descending else (key, row_id)
    return query.order_by(*order).limit(part.limit + 1)
