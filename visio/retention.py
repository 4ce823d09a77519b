"""Deletes what has been kept as long as the rules say."""

import logging
from collections.abc import Callable
from datetime import timedelta

from visio.config import Config
from visio.errors import MeetingHeld, MeetingNotFound, MeetingRuns
from visio.store import audit, meetings, retention
from visio.store.acts import Act
from visio.store.audit import SERVER, Author, Deed
from visio.store.database import Database
from visio.store.retention import Hold, ReleaseReason, Rule

logger = logging.getLogger(__name__)


class Retention:
    """Looks after one database whenever `purge` is called; several servers on it do no harm."""

    def __init__(self, config: Config, database: Database, now: Callable[[], int]) -> None:
        self._config = config
        self._database = database
        self._now = now

    async def purge(self) -> None:
        """Delete what is due now."""
        config = self._config
        rule = Rule(config.retention_days, config.retention_most)
        if deleted := await delete_due(self._database, rule, self._now()):
            logger.info("deleted %d meetings that were kept long enough", deleted)
        await delete_scheduled(self._database, rule, self._now())
        before = self._now() - timedelta(days=config.audit_days) // _MILLISECOND
        async with self._database.transaction() as session:
            purged = await audit.purge(session, before)
        if purged:
            logger.info("purged %d rows of the audit", purged)


async def delete_due(database: Database, rule: Rule, now: int, by: Author = SERVER) -> int:
    """Delete the meetings whose time is over, each with its proof in the audit; returns how many.

    Each is a transaction of its own: what stops in the middle goes on the next time.
    """
    deleted = 0
    while True:
        async with database.transaction() as session:
            due = await retention.due(session, rule, now)
        gone = [await delete(database, meeting_id, by) for meeting_id in due]
        deleted += sum(gone)
        if not any(gone):
            return deleted


async def delete_scheduled(database: Database, rule: Rule, now: int, by: Author = SERVER) -> int:
    """Delete the scheduled meetings that are over, or were cancelled, as long ago as meetings of
    their rooms are kept; returns how many."""
    deleted = 0
    while True:
        async with database.transaction() as session:
            gone = await retention.delete_scheduled(session, rule, now)
            await audit.append(
                session,
                by,
                *(
                    Deed(Act.SCHEDULED_DELETED, ("scheduled", row_id), room)
                    for row_id, room in gone
                ),
            )
        deleted += len(gone)
        if not gone:
            return deleted


async def delete(database: Database, meeting_id: str, by: Author) -> bool:
    """Delete a meeting that has ended, with its proof in the audit; False where there is none that
    may go."""
    async with database.transaction() as session:
        deleted = await retention.delete_meeting(session, meeting_id)
        if deleted is None:  # another server was faster, or it is held by now
            return False
        proof = Deed(
            Act.MEETING_DELETED, ("meeting", meeting_id), deleted.room_id, detail={**deleted.rows}
        )
        await audit.append(session, by, proof)
    return True


async def delete_now(database: Database, meeting_id: str, by: Author) -> None:
    """Delete one before its time; raises MeetingNotFound, MeetingRuns, MeetingHeld."""
    if await delete(database, meeting_id, by):
        return
    async with database.transaction() as session:
        found = await meetings.by_id(session, meeting_id)
    if found is None:
        raise MeetingNotFound
    raise MeetingRuns if found[0].ended_at is None else MeetingHeld


async def hold(database: Database, meeting_id: str, why: Hold, now: int, by: Author) -> None:
    """Keep a meeting whatever the rules say; raises MeetingNotFound.

    The audit has the reason in a word of ours: what somebody wrote goes with the meeting.
    """
    async with database.transaction() as session:
        if (room := await retention.hold(session, meeting_id, why, now)) is None:
            raise MeetingNotFound
        await audit.append(session, by, _about(Act.MEETING_HELD, meeting_id, room, why.reason))


async def release(database: Database, meeting_id: str, why: ReleaseReason, by: Author) -> None:
    """Let the rules decide again; raises MeetingNotFound."""
    async with database.transaction() as session:
        if (room := await retention.release(session, meeting_id)) is None:
            raise MeetingNotFound
        await audit.append(session, by, _about(Act.MEETING_RELEASED, meeting_id, room, why))


def _about(act: Act, meeting_id: str, room_id: str, reason: str) -> Deed:
    return Deed(act, ("meeting", meeting_id), room_id, detail={"reason": reason})


_MILLISECOND = timedelta(milliseconds=1)
