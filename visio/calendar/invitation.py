"""Scheduled meetings as iCalendar objects (RFC 5545) for iTIP (RFC 5546). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vDatetime, vRecur

from visio.calendar.recurrence import Occurrence, Timetable
from visio.calendar.zones import vtimezone

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]


@dataclass(frozen=True, slots=True)
class Organizer:
    """Who invites; `sent_by` is the address that mails in their name, if it is another."""

    name: str
    email: str
    sent_by: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A scheduled meeting, or a series, as calendars see it; `stamp` is when this was said."""

    uid: str
    sequence: int
    stamp: datetime
    title: str
    agenda: str
    link: str
    organizer: Organizer
    invitees: Sequence[str]
    timetable: Timetable
    reminder: timedelta | None = None
    cancelled: bool = False


def request(planned: Planned) -> bytes:
    """Invites to the whole series, as it is with all its exceptions."""
    return _written("REQUEST", planned, _series(planned))


def request_one(planned: Planned, occurrence: Occurrence) -> bytes:
    """Tells of the other time of one occurrence."""
    return _written("REQUEST", planned, [_one(planned, occurrence)])


def cancel(planned: Planned, invitees: Sequence[str] | None = None) -> bytes:
    """Takes the whole back: for everybody, or for those who are no longer invited."""
    event = _event(planned, invitees)
    _add_times(event, planned, planned.timetable.begins, planned.timetable.length)
    _add_rule(event, planned)
    return _written("CANCEL", planned, [_cancelled(event)])


def cancel_one(planned: Planned, occurrence: Occurrence) -> bytes:
    """Takes one occurrence back, which would have been then."""
    return _written("CANCEL", planned, [_cancelled(_one(planned, occurrence))])


def publish(planned: Planned) -> bytes:
    """For whoever takes it into a calendar by hand."""
    return _written("PUBLISH", planned, _series(planned))


def _written(method: Method, planned: Planned, events: Sequence[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//Visio//Visio//FR")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    timetable = planned.timetable
    # What was moved may lie before the first occurrence.
    begins = min([timetable.instant(timetable.begins), *(o.begins for o in timetable.moved())])
    calendar.add_component(vtimezone(timetable.zone, begins, timetable.end()))
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical(sorted=False))


def _series(planned: Planned) -> list[Event]:
    timetable = planned.timetable
    master = _event(planned)
    _add_times(master, planned, timetable.begins, timetable.length)
    _add_rule(master, planned)
    for original, change in sorted(timetable.changes.items()):
        if change.begins is None:
            master.add("EXDATE", _local(planned, original))
    return [master, *(_one(planned, occurrence) for occurrence in timetable.moved())]


def _one(planned: Planned, occurrence: Occurrence) -> Event:
    event = _event(planned)
    timetable = planned.timetable
    if change := timetable.changes.get(occurrence.original):
        event["SEQUENCE"] = change.sequence
    begins = timetable.local(occurrence.begins)
    _add_times(event, planned, begins, occurrence.ends - occurrence.begins)
    event.add("RECURRENCE-ID", _local(planned, occurrence.original))
    return event


def _event(planned: Planned, invitees: Sequence[str] | None = None) -> Event:
    event = Event()
    event.add("UID", planned.uid)
    event.add("DTSTAMP", planned.stamp.astimezone(UTC))
    event.add("SEQUENCE", planned.sequence)
    event.add("SUMMARY", planned.title)
    event.add("DESCRIPTION", "\n\n".join(filter(None, [planned.link, planned.agenda])))
    event.add("LOCATION", planned.link)
    event.add("URL", planned.link)
    event.add("ORGANIZER", _organizer(planned.organizer), encode=False)
    for email in planned.invitees if invitees is None else invitees:
        event.add("ATTENDEE", _attendee(email), encode=False)
    event.add("STATUS", "CONFIRMED")
    event.add("TRANSP", "OPAQUE")
    return event


def _cancelled(event: Event) -> Event:
    event["STATUS"] = "CANCELLED"
    return event


def _add_times(event: Event, planned: Planned, begins: datetime, length: timedelta) -> None:
    event.add("DTSTART", _local(planned, begins))
    timetable = planned.timetable
    ends = timetable.local(timetable.instant(begins) + length)
    event.add("DTEND", _local(planned, ends))


def _add_rule(event: Event, planned: Planned) -> None:
    timetable = planned.timetable
    if timetable.recurrence:
        parts = timetable.recurrence.parts(timetable.begins, timetable.zone)
        event.add("RRULE", vRecur(parts))


def _local(planned: Planned, local: datetime) -> vDatetime:
    value = vDatetime(local)
    value.params["TZID"] = planned.timetable.zone.key
    return value


def _organizer(organizer: Organizer) -> vCalAddress:
    address = vCalAddress(f"mailto:{organizer.email}")
    address.params["CN"] = organizer.name
    if organizer.sent_by:
        address.params["SENT-BY"] = f"mailto:{organizer.sent_by}"
    return address


def _attendee(email: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = email
    address.params["CUTYPE"] = "INDIVIDUAL"
    address.params["ROLE"] = "REQ-PARTICIPANT"
    address.params["PARTSTAT"] = "NEEDS-ACTION"
    address.params["RSVP"] = "TRUE"
    return address
