"""Queries about minutes: what was written, and the queue of what is to be.

A server writes under the name of its run, for the length of a lease; what it no longer holds it
can neither change nor finish (fencing).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import CursorResult, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from visio.store.models import Meeting, MeetingMinutes
from visio.store.sealing import MeetingKey


@dataclass(frozen=True, slots=True)
class Claimed:
    """Minutes to be written."""

    meeting_id: str
    wrapped_key: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class Written:
    """Minutes, sealed, with the language they are in and the model that wrote them."""

    text: bytes
    language: str
    model: str


async def find(session: AsyncSession, meeting_id: str) -> MeetingMinutes | None:
    """What there is of a meeting's minutes."""
    return await session.get(MeetingMinutes, meeting_id)


async def ask(session: AsyncSession, meeting_id: str) -> bool:
    """Let them be written, or written anew; False where that is under way."""
    # Held so that two who ask at once do not both insert.
    await session.get(Meeting, meeting_id, with_for_update=True)
    row = await session.get(MeetingMinutes, meeting_id, populate_existing=True)
    if row is None:
        session.add(MeetingMinutes(meeting_id=meeting_id, state="waiting"))
        return True
    if row.state in UNDER_WAY:
        return False
    row.state, row.failure, row.attempts, row.done, row.total = "waiting", None, 0, 0, 0
    return True


async def claim(session: AsyncSession, run: str, now: int, lease: int) -> Claimed | None:
    """Those that have waited longest, held for `lease` milliseconds; None when none wait."""
    lost = and_(MeetingMinutes.state == "writing", MeetingMinutes.lease_expires <= now)
    query = (
        select(MeetingMinutes, Meeting.wrapped_key)
        .join(Meeting, Meeting.id == MeetingMinutes.meeting_id)
        .where(or_(MeetingMinutes.state == "waiting", lost))
        .order_by(MeetingMinutes.created_at, MeetingMinutes.meeting_id)
        .limit(1)
        .with_for_update(skip_locked=True, of=MeetingMinutes)
    )
    if (found := (await session.execute(query)).one_or_none()) is None:
        return None
    row, wrapped_key = found
    row.state, row.run, row.lease_expires = "writing", run, now + lease
    row.attempts += 1
    return Claimed(row.meeting_id, wrapped_key, row.attempts)


async def extend(session: AsyncSession, run: str, until: int) -> bool:
    """Hold them until then; False where they are held no longer."""
    return await _change(session, run, lease_expires=until)


async def advance(session: AsyncSession, run: str, done: int, total: int) -> bool:
    """So many of so many parts are written; False where they are held no longer."""
    return await _change(session, run, done=done, total=total)


async def finish(session: AsyncSession, run: str, written: Written, now: int) -> bool:
    """They are written; False, and nothing kept, where they are held no longer."""
    values = {"text": written.text, "language": written.language, "model": written.model}
    done = {"state": "done", "run": None, "edited": False, "written_at": now}
    return await _change(session, run, **values, **done)


async def fail(session: AsyncSession, run: str, failure: str) -> bool:
    """They could not be written; those of before stay."""
    return await _change(session, run, state="failed", run=None, failure=failure)


async def put_back(session: AsyncSession, run: str) -> bool:
    """Another server writes them, which is not held against them."""
    again = MeetingMinutes.attempts - 1
    return await _change(session, run, state="waiting", run=None, attempts=again)


async def cancel(session: AsyncSession, meeting_id: str) -> bool:
    """Stop writing: those of before stay, if there are any. False where nothing is under way."""
    mine = and_(MeetingMinutes.meeting_id == meeting_id, MeetingMinutes.state.in_(UNDER_WAY))
    first = delete(MeetingMinutes).where(mine, MeetingMinutes.text.is_(None))
    gone = (await session.execute(first.returning(MeetingMinutes.meeting_id))).first()
    back = update(MeetingMinutes).where(mine).values(state="done", run=None, failure=None)
    kept = (await session.execute(back.returning(MeetingMinutes.meeting_id))).first()
    return gone is not None or kept is not None


async def edit(session: AsyncSession, meeting_id: str, text: bytes) -> bool:
    """Replace what is written; False where there is nothing, or something is under way."""
    mine = and_(MeetingMinutes.meeting_id == meeting_id, MeetingMinutes.text.is_not(None))
    query = update(MeetingMinutes).where(mine, MeetingMinutes.state.not_in(UNDER_WAY))
    query = query.values(text=text, edited=True, state="done", failure=None)
    changed = await session.execute(query.returning(MeetingMinutes.meeting_id))
    return changed.first() is not None


async def forget(session: AsyncSession, meeting_ids: Iterable[str]) -> None:
    """Delete those of meetings of which somebody took words back: they may be in there."""
    these = MeetingMinutes.meeting_id.in_(list(meeting_ids))
    await session.execute(delete(MeetingMinutes).where(these))


def sealed(meeting_id: str, text: str, key: MeetingKey) -> bytes:
    """As it is kept."""
    return key.seal(text.encode(), _context(meeting_id))


def opened(row: MeetingMinutes, key: MeetingKey) -> str | None:
    """What is written, as it was sealed; None where nothing is. Raises SealError."""
    return None if row.text is None else key.open(row.text, _context(row.meeting_id)).decode()


async def _change(session: AsyncSession, of_run: str, **values: object) -> bool:
    query = update(MeetingMinutes).where(MeetingMinutes.run == of_run).values(**values)
    changed = await session.execute(query)
    return isinstance(changed, CursorResult) and changed.rowcount > 0


def _context(meeting_id: str) -> str:
    return f"meeting_minutes:{meeting_id}:text"


UNDER_WAY = ("waiting", "writing")
"""States in which something is to be written."""
