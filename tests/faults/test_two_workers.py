"""F13: the same work is given twice, and answered late."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.databases import Postgres
from tests.processes import Running
from tests.store.samples import Sitting, account, room, sitting
from tests.transcription.test_worker import SPEECH, transcript
from visio.store import talkspurts
from visio.store.database import Database
from visio.store.models import Talkspurt, new_id
from visio.store.talkspurts import Fresh

pytestmark = [pytest.mark.slow, pytest.mark.long]

TREE = Path(__file__).parents[2]
SPOKEN = 12


@pytest.fixture
def workers(postgres: Postgres) -> Iterator["Staff"]:
    with ExitStack() as stack:
        yield Staff(stack)


class Staff:
    """Worker processes, which end with the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def start(self, url: str, *more: str) -> subprocess.Popen[str]:
        """Return when it looks for work."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker", url, *more],
            cwd=TREE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._stack.enter_context(Running(process)).line("ready", timeout=90)
        return process


async def say(database: Database, met: Sitting, at: int) -> None:
    """Twice: as by a server that was not told that it had landed."""
    name = new_id()
    sealed = met.key.seal(talkspurts.pack(SPEECH), talkspurts.audio_context(name))
    whose = (met.meeting.id, met.participant.id, "TR_1")
    for _ in range(2):
        async with database.transaction() as session:
            await talkspurts.add(session, Fresh(name, *whose, at, 2900, sealed, False))


async def count(database: Database, *states: str) -> int:
    query = select(func.count(Talkspurt.id)).where(Talkspurt.state.in_(states))
    async with database.transaction() as session:
        return await session.scalar(query) or 0


async def until(database: Database, holds: int, *states: str) -> None:
    async with asyncio.timeout(120):
        while await count(database, *states) != holds:  # noqa: ASYNC110 - other processes work
            await asyncio.sleep(0.02)


def expected() -> list[tuple[int, int, str | None, str]]:
    return [
        (at * 10_000 + start, at * 10_000 + end, None, text)
        for at in range(SPOKEN)
        for start, end, text in ((500, 1300, "I am."), (1800, 2200, "Here."))
    ]


async def test_two_workers_make_one_transcript(postgres: Postgres, workers: Staff) -> None:
    """F13: each talkspurt is delivered twice, and two processes want it."""
    url = await postgres.fresh()
    database = await Database.open(url)
    met = await sitting(database, await room(database, await account(database)))
    for _ in range(2):
        workers.start(url)
    for at in range(SPOKEN):
        await say(database, met, at * 10_000)
    await until(database, 0, "pending", "claimed")
    assert await transcript(database, met) == expected()
    await database.close()


async def test_who_answers_after_the_lease_writes_nothing(
    postgres: Postgres, workers: Staff
) -> None:
    """F13: one stands still with work in its hands; another does it; then the first goes on."""
    url = await postgres.fresh()
    database = await Database.open(url)
    met = await sitting(database, await room(database, await account(database)))
    late = workers.start(url, "300", "stops")
    for at in range(SPOKEN):
        await say(database, met, at * 10_000)
    while Path(f"/proc/{late.pid}/stat").read_text().split()[2] != "T":  # noqa: ASYNC110, ASYNC240
        await asyncio.sleep(0.02)
    workers.start(url)
    await until(database, SPOKEN, "done")
    os.kill(late.pid, signal.SIGCONT)
    await say(database, met, SPOKEN * 10_000)
    await until(database, SPOKEN + 1, "done")
    lines = await transcript(database, met)
    assert lines[: 2 * SPOKEN] == expected()
    assert len(lines) == 2 * SPOKEN + 2
    assert late.poll() is None
    await database.close()
