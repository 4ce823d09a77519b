"""The newest lines that rooms were shown, for when the worker takes one back as an echo."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from visio.store import utterances
from visio.store.models import Utterance


class Line(Protocol):
    """A dataclass with these."""

    @property
    def id(self) -> str: ...
    @property
    def text(self) -> str: ...


L = TypeVar("L", bound=Line)


@dataclass(frozen=True, slots=True)
class _Kept(Generic[L]):
    line: L
    sealed: bytes
    read: Callable[[Utterance], L]


class Shown(Generic[L]):
    """At most `_MOST` lines, oldest forgotten first."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept[L]] = {}

    def add(self, row: Utterance, line: L, read: Callable[[Utterance], L]) -> None:
        """`read` makes the line of its row anew."""
        self._kept[row.id] = _Kept(line, row.text, read)
        for oldest in list(self._kept)[:-_MOST]:
            del self._kept[oldest]

    async def changes(self, session: AsyncSession) -> list[L]:
        """Lines that say something else now; without text those that are gone."""
        rows = {row.id: row for row in await utterances.by_ids(session, self._kept)}
        return [*self._amended(rows.values()), *self._gone(rows)]

    def _amended(self, rows: Iterable[Utterance]) -> list[L]:
        lines = []
        for row in rows:
            kept = self._kept[row.id]
            if row.text != kept.sealed:
                lines.append(kept.read(row))
                self.add(row, lines[-1], kept.read)
        return lines

    def _gone(self, rows: Iterable[str]) -> list[L]:
        gone = self._kept.keys() - set(rows)
        return [replace(self._kept.pop(one).line, text="") for one in gone]  # type: ignore[type-var]


# An echo is recognised within seconds of its original: more asks the database for more lines
# whenever one comes, less leaves an echo on the screen when there is a backlog.
_MOST = 100
