"""Scheduled meetings as rows, and as times. Pure."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import dropwhile
from zoneinfo import ZoneInfo

from visio.calendar.recurrence import (
    WEEKDAYS,
    Change,
    Recurrence,
    Timetable,
    milliseconds,
    named,
    nth_weekday,
)
from visio.mail import Language
from visio.mail.repeats import repeated
from visio.store.models import ScheduledMeeting
from visio.store.scheduled import Scheduled


@dataclass(frozen=True, slots=True)
class Draft:
    """What hosts choose; `begins` is local time of the zone."""

    title: str
    agenda: str
    zone: ZoneInfo
    begins: datetime
    length: timedelta
    recurrence: Recurrence | None
    invitees: tuple[str, ...]
    reminder: timedelta | None
    language: Language

    @property
    def timetable(self) -> Timetable:
        """When it takes place, before anything is changed of it."""
        return Timetable(self.zone, self.begins, self.length, self.recurrence)


def timetable(found: Scheduled) -> Timetable:
    """When it takes place, from its rows."""
    row = found.row
    changes = {
        datetime.fromisoformat(one.original): Change(
            datetime.fromisoformat(one.begins) if one.begins else None,
            timedelta(milliseconds=one.length),
            one.sequence,
        )
        for one in found.changes
    }
    return Timetable(
        ZoneInfo(row.zone),
        datetime.fromisoformat(row.begins),
        timedelta(milliseconds=row.length),
        _read(row.recurrence),
        changes,
    )


def next_reminder(table: Timetable, reminder: timedelta, now: datetime) -> datetime | None:
    """When letters go out next, after `now`; None when there is nothing left to remind of."""
    moments = (one.begins - reminder for one in table.after(now))
    return next(dropwhile(lambda moment: moment <= now, moments), None)


def repeats(table: Timetable, language: Language) -> str:
    """How often, in words; nothing for a single meeting."""
    if (rule := table.recurrence) is None:
        return ""
    by_day = rule.frequency == "monthly" and rule.by == "day"
    by_weekday = rule.frequency == "monthly" and rule.by == "weekday"
    weekdays = sorted(WEEKDAYS.index(day) for day in rule.weekdays)
    return repeated(
        language,
        rule.frequency,
        rule.interval,
        weekdays=weekdays if rule.frequency == "weekly" else (),
        monthday=table.begins.day if by_day else 0,
        nth=(nth_weekday(table.begins), table.begins.weekday()) if by_weekday else None,
        until=rule.until,
        count=rule.count,
    )


def recurrence_as_json(rule: Recurrence | None) -> dict[str, object] | None:
    """Its fields, in rows and in answers."""
    return {**asdict(rule), "until": rule.until and rule.until.isoformat()} if rule else None


def fill(row: ScheduledMeeting, draft: Draft, changes: dict[datetime, Change], now: int) -> None:
    """Write a draft into its row."""
    row.title, row.agenda = draft.title, draft.agenda
    row.zone, row.begins = draft.zone.key, named(draft.begins)
    row.length = draft.length // _MILLISECOND
    row.recurrence = _written(draft.recurrence)
    row.language = draft.language
    row.reminder = None if draft.reminder is None else draft.reminder // _MILLISECOND
    table = Timetable(draft.zone, draft.begins, draft.length, draft.recurrence, changes)
    set_clock(row, table, now)


def set_clock(row: ScheduledMeeting, table: Timetable, now: int) -> None:
    """When it is over, and when letters go out next."""
    end = table.end()
    row.ends_at = milliseconds(end) if end else None
    row.remind_at = None
    if row.reminder is not None:
        moment = _EPOCH + timedelta(milliseconds=now)
        due = next_reminder(table, timedelta(milliseconds=row.reminder), moment)
        row.remind_at = milliseconds(due) if due else None


def _written(rule: Recurrence | None) -> str:
    return json.dumps(recurrence_as_json(rule)) if rule else ""


def _read(text: str) -> Recurrence | None:
    if not text:
        return None
    parts = json.loads(text)
    parts["weekdays"] = tuple(parts["weekdays"])
    parts["until"] = parts["until"] and date.fromisoformat(parts["until"])
    return Recurrence(**parts)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
