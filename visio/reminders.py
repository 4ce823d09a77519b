"""Mails those invited a while before a meeting: once each, as each moment is a row's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from visio.calendar.recurrence import milliseconds
from visio.planning import next_reminder, timetable
from visio.postbox import Postbox
from visio.scheduling import Schedule
from visio.store import scheduled
from visio.store.database import Database
from visio.store.scheduled import Scheduled


class Reminders:
    """Looks for what is due; `now` is milliseconds since 1970 UTC."""

    def __init__(
        self, database: Database, postbox: Postbox, schedule: Schedule, now: Callable[[], int]
    ) -> None:
        self._database = database
        self._postbox = postbox
        self._schedule = schedule
        self._now = now

    async def review(self) -> None:
        """Write what is due by now, each with the moment of the next, in one transaction."""
        while await self._remind():
            self._postbox.wake()

    async def _remind(self) -> bool:
        async with self._database.transaction() as session:
            now = self._now()
            if (found := await scheduled.due(session, now)) is None:
                return False
            await self._write(session, found, datetime.fromtimestamp(now / 1000, UTC))
            return True

    async def _write(self, session: AsyncSession, found: Scheduled, now: datetime) -> None:
        row, table = found.row, timetable(found)
        reminder = timedelta(milliseconds=row.reminder or 0)
        due = datetime.fromtimestamp((row.remind_at or 0) / 1000, UTC)
        for occurrence in table.after(now):
            if occurrence.begins - reminder > now:
                break
            # What has begun while the server was away needs no reminder any more.
            if occurrence.begins > now and occurrence.begins - reminder >= due:
                letters = self._schedule.reminders(found, occurrence)
                await self._postbox.put(session, letters, milliseconds(occurrence.begins))
        following = next_reminder(table, reminder, now)
        row.remind_at = milliseconds(following) if following else None
