"""When a meeting that repeats takes place: what people choose of RFC 5545's recurrence rules. Pure.

Rules count in the local time of the meeting's zone, without an offset: a meeting at ten stays at
ten when the clocks change.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from itertools import takewhile
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil import rrule

Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
WEEKDAYS: tuple[Weekday, ...] = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Every `interval` days, weeks or months, for ever without `until` (included) or `count`.

    `weekdays` are those of weekly meetings. Monthly ones repeat `by` the day of the month, or by
    the weekday: the same of the month's first four, or its last.
    """

    frequency: Literal["daily", "weekly", "monthly"]
    interval: int = 1
    weekdays: tuple[Weekday, ...] = ()
    by: Literal["day", "weekday"] = "day"
    until: date | None = None
    count: int | None = None

    def parts(self, begins: datetime, zone: ZoneInfo) -> dict[str, list[object]]:
        """The parts of the RRULE of a meeting that begins so (local time)."""
        parts: dict[str, list[object]] = {"FREQ": [self.frequency.upper()]}
        if self.interval > 1:
            parts["INTERVAL"] = [self.interval]
        if self.frequency == "weekly" and self.weekdays:
            parts["BYDAY"] = [day for day in WEEKDAYS if day in self.weekdays]
            parts["WKST"] = ["MO"]
        elif self.frequency == "monthly" and self.by == "weekday":
            parts["BYDAY"] = [f"{nth_weekday(begins)}{WEEKDAYS[begins.weekday()]}"]
        elif self.frequency == "monthly":
            parts["BYMONTHDAY"] = [begins.day]
        if self.count:
            parts["COUNT"] = [self.count]
        elif self.until:
            # §3.3.10: in UTC where the meeting has a zone.
            last = datetime.combine(self.until, time(23, 59, 59), zone)
            parts["UNTIL"] = [last.astimezone(UTC)]
        return parts

    def starts(self, begins: datetime) -> Iterator[datetime]:
        """Every local beginning, of `begins` too where the rule gives it: see `fits`."""
        until = self.until and datetime.combine(self.until, time.max)
        rule = rrule.rrule(
            _FREQUENCIES[self.frequency],
            dtstart=begins,
            interval=self.interval,
            wkst=rrule.MO,
            byweekday=self._by_weekday(begins),
            bymonthday=begins.day if self.frequency == "monthly" and self.by == "day" else None,
            until=until,
            count=self.count,
        )
        yield from rule

    def fits(self, begins: datetime) -> bool:
        """Whether the rule gives the beginning itself, which counts in any case (§3.8.5.3).

        Programs differ in what they make of a series where it does not.
        """
        return next(self.starts(begins), None) == begins

    def _by_weekday(self, begins: datetime) -> list[rrule.weekday] | None:
        if self.frequency == "weekly":
            return [_DAYS[WEEKDAYS.index(day)] for day in self.weekdays] or None
        if self.frequency == "monthly" and self.by == "weekday":
            return [_DAYS[begins.weekday()](nth_weekday(begins))]
        return None


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one occurrence: another time, or, without one, none at all."""

    begins: datetime | None
    length: timedelta
    sequence: int


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One meeting of a series; `original` is the local time the rule gives it, and its name."""

    begins: datetime
    ends: datetime
    original: datetime

    @property
    def name(self) -> str:
        """How it is called in addresses and rows."""
        return named(self.original)


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a meeting, or each of a series, takes place; `begins` is local time of the zone."""

    zone: ZoneInfo
    begins: datetime
    length: timedelta
    recurrence: Recurrence | None = None
    changes: Mapping[datetime, Change] = field(default_factory=dict)

    def has(self, original: datetime) -> bool:
        """Whether the rule gives such an occurrence, cancelled or not."""
        return any(one == original for one in takewhile(original.__ge__, self._originals()))

    def find(self, original: datetime) -> Occurrence | None:
        """The occurrence of that name, unless it was cancelled."""
        if not self.has(original):
            return None
        change = self.changes.get(original)
        return self._moved(original, change) if change else self._occurrence(original)

    def occurrences(self) -> Iterator[Occurrence]:
        """All that take place, in order of their beginning; for ever where the rule has no end."""
        kept = (self._occurrence(one) for one in self._originals() if one not in self.changes)
        return merge(kept, self.moved(), key=_beginning)

    def moved(self) -> list[Occurrence]:
        """Those that have another time than the rule gives them."""
        moved = [self._moved(original, change) for original, change in self.changes.items()]
        return sorted((one for one in moved if one), key=_beginning)

    def local(self, instant: datetime) -> datetime:
        """What the clocks of the zone show."""
        return instant.astimezone(self.zone).replace(tzinfo=None)

    def after(self, instant: datetime) -> Iterator[Occurrence]:
        """Those that are not over by then."""
        return (one for one in self.occurrences() if one.ends > instant)

    def end(self) -> datetime | None:
        """When the last is over; None where the rule has no end."""
        endless = self.recurrence and not (self.recurrence.until or self.recurrence.count)
        if endless:
            return None
        return max((one.ends for one in self.occurrences()), default=self.instant(self.begins))

    def instant(self, local: datetime) -> datetime:
        """In UTC. A time that the clocks skip is taken by the offset before (§3.3.5)."""
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def _originals(self) -> Iterator[datetime]:
        if not self.recurrence:
            return iter([self.begins])
        last = self.begins + _LONGEST
        return takewhile(last.__ge__, self.recurrence.starts(self.begins))

    def _occurrence(self, original: datetime) -> Occurrence:
        begins = self.instant(original)
        return Occurrence(begins, begins + self.length, original)

    def _moved(self, original: datetime, change: Change) -> Occurrence | None:
        if change.begins is None:
            return None
        begins = self.instant(change.begins)
        return Occurrence(begins, begins + change.length, original)


def milliseconds(instant: datetime) -> int:
    """Since 1970 UTC."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def named(local: datetime) -> str:
    """A local time as "2026-11-23T10:00"."""
    return local.isoformat(timespec="minutes")


def nth_weekday(day: date) -> int:
    """Which of its weekday a day is in its month, 1 to 4; -1 for a fifth, which is the last."""
    nth = (day.day - 1) // 7 + 1
    return nth if nth < 5 else -1


def _beginning(occurrence: Occurrence) -> datetime:
    return occurrence.begins


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# For ever, for those who look: more costs those who ask for an occurrence of the year 9999.
_LONGEST = timedelta(days=366 * 30)
_FREQUENCIES = {"daily": rrule.DAILY, "weekly": rrule.WEEKLY, "monthly": rrule.MONTHLY}
_DAYS = (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU)
