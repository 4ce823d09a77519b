import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from tests.calendar.reader import read
from visio.calendar import invitation
from visio.calendar.invitation import Organizer, Planned
from visio.calendar.recurrence import (
    WEEKDAYS,
    Change,
    Recurrence,
    Timetable,
    milliseconds,
    nth_weekday,
)

PARIS = ZoneInfo("Europe/Paris")
HOUR = timedelta(hours=1)
BEGINS = datetime(2026, 11, 23, 10, 0)
MONDAYS = Timetable(PARIS, BEGINS, HOUR, Recurrence("weekly", weekdays=("MO",), count=6))
PLANNED = Planned(
    uid="0d3c1f1e-7f0e-4a36-9d55-0f2f4a6f1d10",
    sequence=3,
    stamp=datetime(2026, 11, 1, 8, 30, tzinfo=UTC),
    title="Réunion; d’équipe, n°1 \\ suite",
    agenda="1. Budget;\n2. Élections, 🗳️\n" + "très long " * 40,
    link="https://visio.test/abc-defg-hij",
    organizer=Organizer('Ada "la Comtesse"; Lovelace: é', "ada@example.org", "visio@example.org"),
    invitees=["bob@example.org", "eve@example.org"],
    timetable=MONDAYS,
)


def with_changes(changes: dict[datetime, Change], table: Timetable = MONDAYS) -> Planned:
    return replace(PLANNED, timetable=replace(table, changes=changes))


def expected(planned: Planned, limit: int = 40) -> list[tuple[int, int]]:
    found = islice(planned.timetable.occurrences(), limit)
    return [(milliseconds(one.begins), milliseconds(one.ends)) for one in found]


# What is in it


def test_thunderbird_reads_what_was_written() -> None:
    (found,) = read(invitation.request(PLANNED))
    assert (found.method, found.zones) == ("REQUEST", ["Europe/Paris"])
    (event,) = found.events
    assert event["uid"][0].value == PLANNED.uid
    assert event["sequence"][0].value == "3"
    assert event["dtstamp"][0].value == "2026-11-01T08:30:00Z"
    assert event["summary"][0].value == PLANNED.title
    assert event["description"][0].value == f"{PLANNED.link}\n\n{PLANNED.agenda}"
    assert event["status"][0].value == "CONFIRMED"
    assert event["dtstart"][0].parameters == {"tzid": "Europe/Paris"}
    (organizer,) = event["organizer"]
    assert organizer.value == "mailto:ada@example.org"
    assert organizer.parameters["sent-by"] == "mailto:visio@example.org"
    assert [one.value for one in event["attendee"]] == [
        "mailto:bob@example.org",
        "mailto:eve@example.org",
    ]
    for one in event["attendee"]:
        assert (one.parameters["rsvp"], one.parameters["partstat"]) == ("TRUE", "NEEDS-ACTION")
    assert found.occurrences == expected(PLANNED)


def test_lines_are_folded_and_end_as_the_standard_says() -> None:
    written = invitation.request(PLANNED)
    lines = written.split(b"\r\n")
    assert lines.pop() == b""
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()  # no character is cut in two


def test_a_name_keeps_its_quotes() -> None:
    """RFC 6868, which ical.js knows and the standard before it does not forbid."""
    (found,) = read(invitation.request(PLANNED))
    assert found.events[0]["organizer"][0].parameters["cn"] == PLANNED.organizer.name


@pytest.mark.parametrize(
    "text", ["BEGIN:VEVENT", "x\r\nATTENDEE:mailto:evil@example.org", "a\\nb", ";:,\"'^^n"]
)
def test_no_text_becomes_a_property(text: str) -> None:
    organizer = replace(PLANNED.organizer, name=text.replace("\r\n", " "))
    planned = replace(PLANNED, title=text, agenda=text, organizer=organizer)
    (found,) = read(invitation.request(planned))
    (event,) = found.events
    assert len(event["attendee"]) == 2
    assert event["summary"][0].value == text.replace("\r\n", "\n")


# Series


RULES = st.builds(
    Recurrence,
    frequency=st.sampled_from(["daily", "weekly", "monthly"]),
    interval=st.integers(1, 4),
    weekdays=st.lists(st.sampled_from(WEEKDAYS), unique=True).map(tuple),
    by=st.sampled_from(["day", "weekday"]),
    count=st.one_of(st.none(), st.integers(1, 30)),
)
ZONES = ["Europe/Paris", "America/New_York", "Africa/Casablanca", "Asia/Kolkata", "UTC"]


@settings(max_examples=60)
@given(st.data())
def _series(data: st.DataObject) -> None:
    begins = datetime(2026, 1, 1) + timedelta(
        days=data.draw(st.integers(0, 700)), minutes=data.draw(st.integers(0, 1439))
    )
    rule = data.draw(RULES)
    if rule.frequency == "weekly":
        rule = replace(rule, weekdays=(*rule.weekdays, WEEKDAYS[begins.weekday()]))
    if rule.count is None and data.draw(st.booleans()):
        until = begins.date() + timedelta(days=data.draw(st.integers(0, 900)))
        rule = replace(rule, until=until)
    zone = ZoneInfo(data.draw(st.sampled_from(ZONES)))
    DRAWN.append(replace(PLANNED, timetable=Timetable(zone, begins, HOUR, rule)))


DRAWN: list[Planned] = []


@pytest.mark.slow
def test_series_take_place_when_thunderbird_shows_them() -> None:
    """Sixty drawn at random, read by one run of its parser."""
    DRAWN.clear()
    _series()
    found = read(*(invitation.request(planned) for planned in DRAWN))
    for planned, one in zip(DRAWN, found, strict=True):
        assert planned.timetable.recurrence is not None
        assert planned.timetable.recurrence.fits(planned.timetable.begins)
        table = planned.timetable
        wanted = [
            pair
            for pair, occurrence in zip(expected(planned), table.occurrences(), strict=False)
            if plain(table, occurrence.original)
        ]
        assert set(wanted) <= set(one.occurrences), planned.timetable
        assert len(one.occurrences) == len(expected(planned)), planned.timetable


def plain(table: Timetable, local: datetime) -> bool:
    """Whether the clocks show its begin and end once: what is made of others differs among
    programs."""
    times = [one.replace(tzinfo=table.zone) for one in (local, local + table.length)]
    return all(one.utcoffset() == one.replace(fold=1).utcoffset() for one in times)


def test_a_meeting_at_ten_stays_at_ten_when_the_clocks_change() -> None:
    rule = Recurrence("weekly", weekdays=("MO",), count=3)
    table = Timetable(PARIS, datetime(2026, 10, 19, 10), HOUR, rule)
    hours = [one.begins.hour for one in table.occurrences()]
    assert hours == [8, 9, 9]


@pytest.mark.parametrize(
    ("day", "nth"), [(date(2026, 11, 2), 1), (date(2026, 11, 23), 4), (date(2026, 11, 30), -1)]
)
def test_a_fifth_weekday_is_the_last(day: date, nth: int) -> None:
    assert nth_weekday(day) == nth
    begins = datetime(day.year, day.month, day.day, 9)
    rule = Recurrence("monthly", by="weekday", count=4)
    for start in rule.starts(begins):
        assert (nth_weekday(start) == nth) or (nth == -1 and (start + timedelta(7)).day <= 7)


def test_until_is_the_last_day_and_in_utc() -> None:
    rule = Recurrence("daily", until=date(2026, 11, 25))
    planned = replace(PLANNED, timetable=Timetable(PARIS, BEGINS, HOUR, rule))
    assert b"UNTIL=20261125T225959Z" in invitation.request(planned)
    assert len(expected(planned)) == 3


def test_an_occurrence_is_moved_and_another_cancelled() -> None:
    second, third = BEGINS + timedelta(7), BEGINS + timedelta(14)
    moved = Change(datetime(2026, 12, 1, 14, 30), 2 * HOUR, 4)
    planned = with_changes({second: moved, third: Change(None, timedelta(), 5)})
    (found,) = read(invitation.request(planned))
    assert found.occurrences == expected(planned)
    assert len(found.occurrences) == 5
    master, exception = found.events
    assert master["exdate"][0].value == "2026-12-07T10:00:00"
    assert exception["recurrence-id"][0].value == "2026-11-30T10:00:00"
    assert exception["recurrence-id"][0].parameters == {"tzid": "Europe/Paris"}
    assert exception["sequence"][0].value == "4"


def test_one_occurrence_is_told_by_itself() -> None:
    second = BEGINS + timedelta(7)
    planned = with_changes({second: Change(datetime(2026, 12, 1, 14, 30), 2 * HOUR, 4)})
    moved = planned.timetable.find(second)
    last = planned.timetable.find(BEGINS + timedelta(35))
    assert moved is not None
    assert last is not None
    request, cancelled = read(
        invitation.request_one(planned, moved), invitation.cancel_one(planned, last)
    )
    (event,) = request.events
    assert request.method == "REQUEST"
    assert event["recurrence-id"][0].value == "2026-11-30T10:00:00"
    assert event["dtstart"][0].value == "2026-12-01T14:30:00"
    assert event["dtend"][0].value == "2026-12-01T16:30:00"
    assert "rrule" not in event
    (event,) = cancelled.events
    assert cancelled.method == "CANCEL"
    assert event["status"][0].value == "CANCELLED"
    assert event["recurrence-id"][0].value == event["dtstart"][0].value == "2026-12-28T10:00:00"


def test_a_cancellation_names_those_it_is_for() -> None:
    everybody, one = read(
        invitation.cancel(PLANNED), invitation.cancel(PLANNED, ["eve@example.org"])
    )
    for found, names in ((everybody, ["bob", "eve"]), (one, ["eve"])):
        (event,) = found.events
        assert (found.method, event["status"][0].value) == ("CANCEL", "CANCELLED")
        assert event["uid"][0].value == PLANNED.uid
        assert [a.value for a in event["attendee"]] == [f"mailto:{n}@example.org" for n in names]


# Zones


ODD = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "America/Asuncion",
    "America/Miquelon",
    "America/Scoresbysund",
    "Antarctica/Troll",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Europe/Paris",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
)
"""Clocks that follow the moon, move by half an hour or by two, or stand at quarters of one."""
WORLD = [name for name in sorted(available_timezones()) if "/" in name]


@pytest.mark.slow
@pytest.mark.parametrize(
    "names", [ODD, pytest.param(WORLD, marks=pytest.mark.long)], ids=["odd ones", "all"]
)
def test_every_zone_of_the_world_is_told_as_it_is(names: Sequence[str]) -> None:
    """For four years from the first meeting on, every third day at all hours."""
    assert len(WORLD) > 300
    zones = [ZoneInfo(name) for name in names]
    local = [datetime(2026, 1, 1, 12) + timedelta(hours=71 * n) for n in range(490)]
    rule = Recurrence("daily", until=date(2030, 1, 15))
    plans = [replace(PLANNED, timetable=Timetable(z, local[0], HOUR, rule)) for z in zones]
    probes = [[one for one in local if plain(plan.timetable, one)] for plan in plans]
    found = read(
        *(invitation.request(plan) for plan in plans),
        probes=[[one.isoformat() for one in asked] for asked in probes],
    )
    wrong = {
        zone.key
        for zone, asked, one in zip(zones, probes, found, strict=True)
        for moment, offset in zip(asked, one.offsets, strict=True)
        if moment.replace(tzinfo=zone).utcoffset() != timedelta(seconds=offset)
    }
    assert wrong == set()


def zone_lines(name: str) -> str:
    table = replace(MONDAYS, zone=ZoneInfo(name))
    written = invitation.request(replace(PLANNED, timetable=table)).decode()
    found = re.search(r"BEGIN:VTIMEZONE.*END:VTIMEZONE", written, re.DOTALL)
    assert found
    return found[0]


@pytest.mark.parametrize(
    "name", ["Europe/Paris", "America/New_York", "Australia/Sydney", "Europe/Lisbon"]
)
def test_yearly_changes_are_two_rules(name: str) -> None:
    """Outlook reads at most one rule for each half of the year."""
    lines = zone_lines(name)
    assert lines.count("RRULE:FREQ=YEARLY") == lines.count("TZOFFSETTO") == 2


@pytest.mark.parametrize("name", ["Asia/Kolkata", "UTC", "Indian/Reunion"])
def test_a_zone_without_changes_has_one_offset(name: str) -> None:
    lines = zone_lines(name)
    assert (lines.count("TZOFFSETTO"), lines.count("RRULE")) == (1, 0)


def test_changes_that_follow_the_moon_are_dates() -> None:
    assert "RRULE" not in zone_lines("Africa/Casablanca")
    assert zone_lines("Africa/Casablanca").count("TZOFFSETTO") > 4


def test_the_library_reads_it_too() -> None:
    calendar = Calendar.from_ical(invitation.publish(PLANNED))
    assert calendar["METHOD"] == "PUBLISH"
    assert not calendar.errors
