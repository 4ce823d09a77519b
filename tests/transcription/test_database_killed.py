"""PostgreSQL is killed while a server has something to write, and while a worker is at it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Postgres, open_folder, outside_the_loop, running_postgres
from tests.store.samples import account, room, sitting
from tests.transcription.test_worker import SPEECH, Office, transcript
from visio.outbox import Outbox
from visio.spool import Spool
from visio.store import talkspurts
from visio.store.database import Database
from visio.store.models import new_id
from visio.store.talkspurts import Fresh

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def mortal() -> Iterator[Postgres]:
    """A PostgreSQL that keeps what it acknowledged."""
    with open_folder() as folder, running_postgres(folder / "s", durable=True) as server:
        yield server


async def test_a_killed_database_loses_nothing_and_doubles_nothing(
    mortal: Postgres, tmp_path: Path
) -> None:
    database = await Database.open(outside_the_loop(mortal.fresh()))
    met = await sitting(database, await room(database, await account(database)))
    outbox = Outbox(database, Spool(tmp_path / "spool", 2**20), asyncio.sleep)
    outbox.recover(lambda _landed: None)

    def say(at: int) -> None:
        name = new_id()
        sealed = met.key.seal(talkspurts.pack(SPEECH), talkspurts.audio_context(name))
        whose = (met.meeting.id, met.participant.id, "TR_1")
        outbox.post(Fresh(name, *whose, at, 2900, sealed, False), lambda _landed: None)

    say(0)
    await outbox.land(60)
    mortal.kill()
    say(10_000)
    say(20_000)
    await asyncio.to_thread(mortal.start)
    await outbox.land(60)
    assert outbox.held.talkspurts == 0

    office = Office(database)

    def die() -> None:
        """In the middle of the first recognition."""
        office.parrot.before = lambda: None
        mortal.kill()
        mortal.start()

    office.parrot.before = die
    await office.work()
    expected = [
        (at + start, at + end, None, text)
        for at in (0, 10_000, 20_000)
        for start, end, text in ((500, 1300, "I am."), (1800, 2200, "Here."))
    ]
    assert await transcript(database, met) == expected
    await outbox.close()
    await database.close()
