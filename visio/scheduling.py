"""Meetings for later: what hosts decide about them, and the letters that tell those invited.

Each decision and its letters are one transaction: either both are there after a crash, or neither.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from visio import access
from visio.calendar import invitation
from visio.calendar.invitation import Organizer, Planned
from visio.calendar.recurrence import Change, Occurrence, Recurrence, named
from visio.config import Config
from visio.errors import MeetingNotFound, NotAllowed, Unprocessable
from visio.mail import Language, Letter, MeetingNews, News, meeting_letter
from visio.mail.dates import spoken
from visio.planning import Draft, fill, repeats, set_clock, timetable
from visio.postbox import Postbox
from visio.store import audit, scheduled
from visio.store.acts import Act
from visio.store.audit import Author, Deed
from visio.store.database import Database
from visio.store.models import Account, OccurrenceChange, Room, ScheduledMeeting
from visio.store.scheduled import Scheduled


class Schedule:
    """Makes, changes and cancels; `now` is milliseconds since 1970 UTC, `by` who is on record."""

    def __init__(
        self, database: Database, postbox: Postbox, config: Config, now: Callable[[], int]
    ) -> None:
        self._database = database
        self._postbox = postbox
        self._config = config
        self._now = now

    async def add(
        self, draft: Draft, room: Room, organizer: Account, *, by: Author
    ) -> ScheduledMeeting:
        """A new one, of which everybody invited is told."""
        now = self._now()
        row = ScheduledMeeting(room_id=room.id, organizer_id=organizer.id, changed_at=now)
        fill(row, draft, {}, now)
        async with self._database.transaction() as session:
            await scheduled.add(session, row, draft.invitees)
            made = Scheduled(row, room, organizer, invitees=list(draft.invitees))
            planned = self.planned(made)
            await self._tell(session, made, _Said("invited", invitation.request(planned)))
            invited = {"invited": len(draft.invitees)}
            await audit.append(session, by, _deed(Act.MEETING_SCHEDULED, row, **invited))
        self._postbox.wake()
        return row

    async def change(self, row_id: str, draft: Draft, host: Account, *, by: Author) -> None:
        """Another draft in its place; those invited are told of what they see of it.

        Where the times of the series change, what was changed of single occurrences is forgotten.
        Raises MeetingNotFound, NotAllowed.
        """
        async with self._database.transaction() as session:
            before = await self._governed(session, row_id, host)
            row, invitees = before.row, before.invitees
            told = _told(row), set(invitees)
            table, removed = timetable(before), sorted(set(invitees) - set(draft.invitees))
            timed = _times(draft.zone, draft.begins, draft.recurrence) != _times(
                table.zone, table.begins, table.recurrence
            )
            changes = {} if timed else dict(table.changes)
            if timed or draft.length != table.length or removed:
                row.sequence += 1
            now = row.changed_at = self._now()
            fill(row, draft, changes, now)
            if timed:
                await scheduled.drop_changes(session, row_id)
            if removed:
                planned = self.planned(before)
                said = _Said("uninvited", invitation.cancel(planned, removed), "CANCEL")
                await self._tell(session, before, said, removed)
            await scheduled.set_invitees(session, row_id, draft.invitees)
            kept = [] if timed else before.changes
            after = replace(before, changes=kept, invitees=list(draft.invitees))
            await self._tell_change(session, after, told)
            invited = len(set(draft.invitees) - set(invitees))
            counts = {"invited": invited, "uninvited": len(removed)}
            await audit.append(session, by, _deed(Act.SCHEDULED_CHANGED, row, **counts))
        self._postbox.wake()

    async def cancel(self, row_id: str, host: Account, *, by: Author) -> None:
        """The whole is taken back; raises MeetingNotFound, NotAllowed."""
        async with self._database.transaction() as session:
            found = await self._governed(session, row_id, host)
            await audit.append(session, by, await self._cancel(session, found))
        self._postbox.wake()

    async def cancel_all(self, room_id: str, *, by: Author) -> None:
        """The room is gone."""
        async with self._database.transaction() as session:
            await audit.append(session, by, *await self.cancel_within(session, room_id))
        self.send_letters()

    def send_letters(self) -> None:
        """A transaction is over in which meetings were taken back."""
        self._postbox.wake()

    async def cancel_within(self, session: AsyncSession, room_id: str) -> list[Deed]:
        """The room goes in this transaction; what is to be written down of its meetings."""
        found = await scheduled.of_room(session, room_id, self._now())
        return [await self._cancel(session, one) for one in found]

    async def move(
        self,
        row_id: str,
        original: datetime,
        begins: datetime,
        length: timedelta,
        host: Account,
        *,
        by: Author,
    ) -> None:
        """One meeting of a series has another time; raises MeetingNotFound, NotAllowed."""
        await self._change_one(row_id, original, Change(begins, length, 0), host, by)

    async def cancel_one(
        self, row_id: str, original: datetime, host: Account, *, by: Author
    ) -> None:
        """One meeting of a series is taken back; raises MeetingNotFound, NotAllowed."""
        await self._change_one(row_id, original, Change(None, timedelta(), 0), host, by)

    def planned(self, found: Scheduled) -> Planned:
        """As calendars see it."""
        return planned(found, self._config)

    def reminders(self, found: Scheduled, occurrence: Occurrence) -> list[Letter]:
        """To everybody invited and the organizer, each once."""
        organizer = [found.organizer.email] if found.organizer else []
        news = self._news(found, occurrence)
        return [
            meeting_letter("reminder", news, _language(found.row), to=to)
            for to in dict.fromkeys([*organizer, *found.invitees])
        ]

    async def _governed(self, session: AsyncSession, row_id: str, host: Account) -> Scheduled:
        if (found := await scheduled.find(session, row_id, host, lock=True)) is None:
            raise MeetingNotFound
        if not access.hosts(found.role):
            raise NotAllowed
        return found

    async def _cancel(self, session: AsyncSession, found: Scheduled) -> Deed:
        row = found.row
        row.sequence += 1
        row.cancelled_at = row.changed_at = self._now()
        row.remind_at = None
        said = _Said("cancelled", invitation.cancel(self.planned(found)), "CANCEL")
        await self._tell(session, found, said)
        return _deed(Act.SCHEDULED_CANCELLED, row)

    async def _change_one(
        self, row_id: str, original: datetime, change: Change, host: Account, by: Author
    ) -> None:
        async with self._database.transaction() as session:
            found = await self._governed(session, row_id, host)
            table = timetable(found)
            if (occurrence := table.find(original)) is None:
                raise MeetingNotFound
            if not table.recurrence:
                raise Unprocessable("This meeting is not one of a series.")
            row = found.row
            row.sequence += 1
            row.changed_at = self._now()
            one = OccurrenceChange(
                scheduled_meeting_id=row_id,
                original=named(original),
                begins=named(change.begins) if change.begins else None,
                length=change.length // _MILLISECOND,
                sequence=row.sequence,
            )
            await scheduled.set_change(session, one)
            rest = [other for other in found.changes if other.original != one.original]
            found.changes[:] = [*rest, one]
            set_clock(row, timetable(found), row.changed_at)
            await self._tell_one(session, found, occurrence)
            act = Act.OCCURRENCE_MOVED if change.begins else Act.OCCURRENCE_CANCELLED
            await audit.append(session, by, _deed(act, row, occurrence=named(original)))
        self._postbox.wake()

    async def _tell_one(self, session: AsyncSession, found: Scheduled, was: Occurrence) -> None:
        planned = self.planned(found)
        if now := planned.timetable.find(was.original):
            said = _Said("moved", invitation.request_one(planned, now), occurrence=now)
        else:
            sheet = invitation.cancel_one(planned, was)
            said = _Said("one_cancelled", sheet, "CANCEL", occurrence=was)
        await self._tell(session, found, said)

    async def _tell_change(
        self, session: AsyncSession, after: Scheduled, told: tuple[object, set[str]]
    ) -> None:
        """Those invited before hear of a change, if there is one that they see; others of all."""
        sheet = invitation.request(self.planned(after))
        new = [email for email in after.invitees if email not in told[1]]
        await self._tell(session, after, _Said("invited", sheet), new)
        if told != (_told(after.row), set(after.invitees)):
            old = [email for email in after.invitees if email in told[1]]
            await self._tell(session, after, _Said("changed", sheet), old)

    async def _tell(
        self,
        session: AsyncSession,
        found: Scheduled,
        said: "_Said",
        to: Iterable[str] | None = None,
    ) -> None:
        """To everybody invited, or to some."""
        about, language = self._news(found, said.occurrence), _language(found.row)
        letters = [
            meeting_letter(
                said.news, about, language, to=email, calendar=said.calendar, method=said.method
            )
            for email in (found.invitees if to is None else to)
        ]
        await self._postbox.put(session, letters)

    def _news(self, found: Scheduled, occurrence: Occurrence | None) -> MeetingNews:
        """In words; of one occurrence, or of the whole."""
        table, language = timetable(found), _language(found.row)
        one = occurrence or Occurrence(
            begins := table.instant(table.begins), begins + table.length, table.begins
        )
        organizer = _organizer(found, self._config)
        when = spoken(
            one.begins.astimezone(table.zone),
            one.ends.astimezone(table.zone),
            table.zone.key,
            language,
        )
        return MeetingNews(
            title=found.row.title,
            when=when,
            repeats="" if occurrence else repeats(table, language),
            link=f"{self._config.url}/{found.room.slug}",
            agenda=found.row.agenda,
            organizer=organizer.name,
            reply_to=organizer.email,
        )


def planned(found: Scheduled, config: Config) -> Planned:
    """A scheduled meeting as calendars see it."""
    row = found.row
    return Planned(
        uid=row.id,
        sequence=row.sequence,
        stamp=datetime.fromtimestamp(row.changed_at // 1000, UTC),
        title=row.title,
        agenda=row.agenda,
        link=f"{config.url}/{found.room.slug}",
        organizer=_organizer(found, config),
        invitees=found.invitees,
        timetable=timetable(found),
    )


def _organizer(found: Scheduled, config: Config) -> Organizer:
    """We mail in their name; for whoever has no account any more, in our own."""
    name, sender = parseaddr(config.smtp_from)
    if found.organizer is None:
        return Organizer(found.service or name or sender, sender)
    return Organizer(found.organizer.name, found.organizer.email, sender)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a letter tells, in words and to calendars; of one occurrence, or of the whole."""

    news: News
    calendar: bytes
    method: str = "REQUEST"
    occurrence: Occurrence | None = None


def _deed(act: Act, row: ScheduledMeeting, **detail: object) -> Deed:
    return Deed(act, ("scheduled", row.id), row.room_id, detail=detail)


def _told(row: ScheduledMeeting) -> tuple[object, ...]:
    """What those invited see of it."""
    return row.title, row.agenda, row.zone, row.begins, row.length, row.recurrence


def _times(zone: ZoneInfo, begins: datetime, rule: Recurrence | None) -> Sequence[object]:
    return (zone.key, begins, rule)


def _language(row: ScheduledMeeting) -> Language:
    return "en" if row.language == "en" else "fr"


SCHEDULE = web.AppKey("schedule", Schedule)

_MILLISECOND = timedelta(milliseconds=1)
