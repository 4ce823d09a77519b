"""`kill -9` in the middle of a purge: it goes on at the next start, and nothing is half gone."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count as numbers
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tests.databases import outside_the_loop
from tests.store.samples import NOW
from tests.store.test_retention import DAY, held, scheduled
from visio.store import audit, retention
from visio.store.acts import Act
from visio.store.audit import SERVER, Deed
from visio.store.database import Database
from visio.store.models import AuditEntry, Meeting, ScheduledMeeting, Talkspurt, Utterance
from visio.store.retention import Hold

pytestmark = [pytest.mark.slow, pytest.mark.one_database]

TREE = Path(__file__).parents[1]
BOUNDARIES = ("begin", "commit")
"""Before a transaction, and when all of it is said but not kept yet."""


@dataclass(frozen=True)
class Purger:
    """`tests.purging`, ready to purge."""

    process: subprocess.Popen[str]

    def purge(self, now: int, kill_at: int = 0, steps: tuple[str, ...] = ()) -> bool:
        """Whether it was killed on the way."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(" ".join((str(now), str(kill_at), *steps)) + "\n")
        self.process.stdin.flush()
        ended = int(self.process.stdout.readline())
        assert ended in (0, signal.SIGKILL)
        return bool(ended)


@pytest.fixture
def purger(database_url: str, tmp_path: Path) -> Iterator[Purger]:
    command = [sys.executable, "-m", "tests.purging", database_url, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=TREE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Purger(process)
        assert process.stdin
        process.stdin.close()


def test_a_purge_killed_around_a_transaction_goes_on(purger: Purger, database_url: str) -> None:
    kill_at_each(BOUNDARIES, purger, database_url)


@pytest.mark.long
def test_a_purge_killed_at_any_statement_goes_on(purger: Purger, database_url: str) -> None:
    kill_at_each((*BOUNDARIES, "before_cursor_execute"), purger, database_url)


def kill_at_each(steps: tuple[str, ...], purger: Purger, url: str) -> None:
    """At the first step, at the second …, until there is none; each time something is due."""
    for number in numbers(1):
        now = NOW + number * ROUND
        due = outside_the_loop(prepare(url, now, number))
        killed = purger.purge(now + LATER, number, steps)
        outside_the_loop(nothing_is_half_gone(url))
        if not killed:
            assert number > 10
            return
        assert not purger.purge(now + LATER)
        outside_the_loop(all_is_gone(url, due))


async def prepare(url: str, now: int, number: int) -> set[str]:
    """Two meetings that are due and a scheduled one, by their ids; and one that is held, and old
    rows of the audit."""
    database = await Database.open(url)
    made = [await held(database, slug=f"{name}-{number}") for name in ("one", "two", "held")]
    *due, kept = [sitting.meeting for sitting in made]
    async with database.transaction() as session:
        await retention.hold(session, kept.id, Hold(), NOW)
        session.add(scheduled(kept.room_id, f"scheduled-{number}", ends_at=NOW))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "wall_clock", lambda: now)
        async with database.transaction() as session:
            await audit.append(session, SERVER, Deed(Act.ENDED), Deed(Act.ENDED))
    await database.close()
    return {f"scheduled-{number}", *(meeting.id for meeting in due)}


async def nothing_is_half_gone(url: str) -> None:
    """What is there is there with all that belongs to it; what is gone, is with its one proof."""
    database = await Database.open(url)
    async with database.transaction() as session:
        there = set(await session.scalars(select(Meeting.id)))
        parts = [Counter(await session.scalars(select(of))) for of in PARTS]
        later = set(await session.scalars(select(ScheduledMeeting.id)))
        proved = Counter(await proofs(session))
    assert parts == [Counter(there)] * len(PARTS)
    assert not {*proved} & (there | later)
    assert {*proved.values()} <= {1}
    assert (await audit.verify(database)).faults == []
    await database.close()


async def all_is_gone(url: str, due: set[str]) -> None:
    """Each with its proof; only what is held is left."""
    await nothing_is_half_gone(url)
    database = await Database.open(url)
    async with database.transaction() as session:
        assert due <= {*await proofs(session)}
        assert set(await session.scalars(select(Meeting.held_at))) == {NOW}
        assert not (await session.scalars(select(ScheduledMeeting.id))).all()
        ended = select(AuditEntry.number).where(AuditEntry.act == Act.ENDED)
        assert not (await session.scalars(ended)).all()
    await database.close()


async def proofs(session: AsyncSession) -> list[str]:
    """What was deleted, as the audit says it, where it is not purged itself."""
    acts = AuditEntry.act.in_((Act.MEETING_DELETED, Act.SCHEDULED_DELETED))
    return [str(name) for name in await session.scalars(select(AuditEntry.object).where(acts))]


# Longer than the audit keeps its rows, and so is what then passes until they are purged.
ROUND, LATER = 400 * DAY, 399 * DAY
PARTS = (Talkspurt.meeting_id, Utterance.meeting_id)
"""Of each of which `held` makes one a meeting."""
