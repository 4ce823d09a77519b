"""VTIMEZONE (RFC 5545 §3.6.5) from the rules of the IANA database. Pure.

By yearly rules where the zone has them, which is what Outlook knows; where it has others, as in
Morocco, each change of the clocks by its date.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

from visio.calendar.recurrence import WEEKDAYS, nth_weekday

Rule = dict[str, object]


@dataclass(frozen=True, slots=True)
class Onset:
    """A change of the clocks: `at` is local time before it (§3.6.5)."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str


def vtimezone(zone: ZoneInfo, first: datetime, last: datetime | None) -> Timezone:
    """The zone as it is from `first` on, until `last` or, without one, for years (both UTC)."""
    begin = datetime(first.year - 1, 1, 1, tzinfo=UTC)
    end = (last or first + _FAR) + timedelta(days=366)
    onsets = list(_onsets(zone, begin, max(end, begin + _WINDOW)))
    component = Timezone()
    component.add("TZID", zone.key)
    for onset, rule in _ruled(onsets) or _dated([_base(zone, begin), *onsets]):
        component.add_component(_observance(onset, rule))
    return component


def _onsets(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[Onset]:
    moment = begin
    while moment < end:
        following = moment + timedelta(days=1)
        before, after = _offset(zone, moment), _offset(zone, following)
        if before != after:
            change = _change(zone, moment, following)
            yield Onset((change + before).replace(tzinfo=None), before, after, _name(zone, change))
        moment = following


def _change(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The second at which the offset of `low` ends."""
    before = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high


def _dated(onsets: Sequence[Onset]) -> list[tuple[Onset, Rule | None]]:
    return [(onset, None) for onset in onsets]


def _ruled(onsets: Sequence[Onset]) -> list[tuple[Onset, Rule | None]] | None:
    """Two changes a year by the same rules every year, or None."""
    if len(onsets) < 2 or len(onsets) % 2:
        return None
    found: list[tuple[Onset, Rule | None]] = []
    for kind in (onsets[::2], onsets[1::2]):
        rule = next((rule for rule in _rules(kind[0]) if _holds(rule, kind)), None)
        if rule is None:
            return None
        found.append((kind[0], {"FREQ": "YEARLY", **dict(zip(_PARTS, rule, strict=True))}))
    return found


def _rules(onset: Onset) -> Iterator[tuple[int, str]]:
    weekday = WEEKDAYS[onset.at.weekday()]
    if (onset.at + timedelta(days=7)).month != onset.at.month:
        yield onset.at.month, f"-1{weekday}"
    if (nth := nth_weekday(onset.at)) > 0:
        yield onset.at.month, f"{nth}{weekday}"


def _holds(rule: tuple[int, str], onsets: Sequence[Onset]) -> bool:
    first = onsets[0]
    years = [onset.at.year for onset in onsets]
    return years == list(range(years[0], years[0] + len(years))) and all(
        rule in _rules(onset)
        and onset.at.time() == first.at.time()
        and (onset.before, onset.after) == (first.before, first.after)
        for onset in onsets
    )


def _base(zone: ZoneInfo, begin: datetime) -> Onset:
    offset = _offset(zone, begin)
    return Onset((begin + offset).replace(tzinfo=None), offset, offset, _name(zone, begin))


def _observance(onset: Onset, rule: Rule | None) -> TimezoneStandard | TimezoneDaylight:
    kind = TimezoneDaylight if onset.after > onset.before else TimezoneStandard
    observance = kind()
    observance.add("DTSTART", onset.at)
    observance.add("TZOFFSETFROM", onset.before)
    observance.add("TZOFFSETTO", onset.after)
    observance.add("TZNAME", onset.name)
    if rule:
        observance.add("RRULE", vRecur(rule))
    return observance


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    # A ZoneInfo knows it of every moment.
    return moment.astimezone(zone).utcoffset() or timedelta()


def _name(zone: ZoneInfo, moment: datetime) -> str:
    return moment.astimezone(zone).tzname() or zone.key


_PARTS = ("BYMONTH", "BYDAY")
# A rule has to hold for so long to be one: less takes two like years for a rule.
_WINDOW = timedelta(days=366 * 12)
# Dates are given for so long where a series has no end and its zone no yearly rule.
_FAR = timedelta(days=366 * 5)
