import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tests.store.samples import NOW, Sitting, account, room, sitting
from visio.outbox import Held, Outbox
from visio.spool import Spool
from visio.store import consents
from visio.store.consents import Answer
from visio.store.database import Database
from visio.store.models import Talkspurt, new_id
from visio.store.talkspurts import Fresh

ROOT = Path(__file__).parents[1]


class Fallible(Database):
    """A database that can be away."""

    away = True

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        if self.away:
            raise ConnectionRefusedError
        async with super().transaction() as session:
            yield session


class Server:
    """One life of an outbox; `tried` is set when the database was away, `again` tries anew."""

    def __init__(self, database: Database, folder: Path, limit: int = 2**20) -> None:
        self.database = Fallible(database.engine)
        self.tried, self.again = asyncio.Event(), asyncio.Event()
        self.landed = 0
        self.outbox = Outbox(self.database, Spool(folder, limit), self._pause)
        self.outbox.recover(self._note)

    def post(self, *some: Fresh) -> None:
        for one in some:
            self.outbox.post(one, self._note)

    async def back(self) -> None:
        self.database.away = False
        self.again.set()
        await self.outbox.land(10)

    def _note(self, landed: bool) -> None:
        self.landed += landed

    async def _pause(self, _seconds: float) -> None:
        self.tried.set()
        await self.again.wait()


@pytest.fixture
async def met(database: Database) -> Sitting:
    return await sitting(database, await room(database, await account(database)))


@pytest.fixture
def spooled(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def fresh(met: Sitting, at: int = 0) -> Fresh:
    return Fresh(new_id(), met.meeting.id, met.participant.id, "TR_1", at, 900, bytes(1000), False)


def left(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def starts(database: Database) -> list[int]:
    async with database.transaction() as session:
        query = select(Talkspurt).order_by(Talkspurt.sequence)
        return [row.started_at for row in await session.scalars(query)]


async def test_what_a_killed_server_had_not_landed_lands_in_order_and_once(
    database: Database, met: Sitting, spooled: Path
) -> None:
    killed = Server(database, spooled)
    killed.post(fresh(met, 1), fresh(met, 2), fresh(met, 3))
    await killed.tried.wait()
    # What a thread does has no event here.
    while killed.outbox.held.bytes < 3000:  # noqa: ASYNC110
        await asyncio.sleep(0)
    following = Server(database, spooled)
    assert following.outbox.held.talkspurts == 3
    following.post(fresh(met, 4))
    await following.back()
    assert await starts(database) == [1, 2, 3, 4]
    assert (following.landed, left(spooled)) == (4, [])
    # As if it had died between the commit and the file's end.
    await killed.back()
    assert await starts(database) == [1, 2, 3, 4]
    for server in (killed, following):
        await server.outbox.close()


async def test_what_is_on_disk_when_the_server_ends_is_not_lost(
    database: Database, met: Sitting, spooled: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ending = Server(database, spooled)
    ending.post(fresh(met, 1), fresh(met, 2))
    await ending.outbox.close()
    assert "lost" not in caplog.text
    following = Server(database, spooled)
    await following.back()
    assert await starts(database) == [1, 2]
    await following.outbox.close()


async def test_a_full_spool_holds_what_memory_does_and_says_so(
    database: Database, met: Sitting, spooled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visio.outbox._FULL", 2500)
    server = Server(database, spooled, limit=1500)
    server.post(fresh(met, 1))
    await server.tried.wait()
    server.post(fresh(met, 2), fresh(met, 3), fresh(met, 4))
    while not server.outbox.held.full:  # noqa: ASYNC110
        await asyncio.sleep(0)
    held = server.outbox.held
    assert (held.talkspurts, held.lost, held.full) == (3, 1, True)
    await server.back()
    assert await starts(database) == [1, 2, 3]
    server.post(fresh(met, 5))
    await server.outbox.land(10)
    assert await starts(database) == [1, 2, 3, 5]
    assert server.outbox.held == Held(0, 0, 1, False)
    await server.outbox.close()


async def test_with_the_disk_full_and_the_database_there_nothing_is_lost(
    database: Database, met: Sitting, spooled: Path
) -> None:
    server = Server(database, spooled, limit=0)
    server.post(fresh(met, 1), fresh(met, 2))
    await server.back()
    assert await starts(database) == [1, 2]
    assert server.outbox.held.lost == 0
    await server.outbox.close()


async def test_only_what_neither_disk_nor_database_took_is_lost_at_the_end(
    database: Database, met: Sitting, spooled: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = Server(database, spooled, limit=0)
    one = fresh(met)
    server.post(one)
    await server.tried.wait()
    await server.outbox.close()
    assert f"talkspurt {one.id} is lost" in caplog.text


async def test_a_file_that_cannot_be_read_does_not_hold_up_the_others(
    database: Database, met: Sitting, spooled: Path
) -> None:
    spool = Spool(spooled, 2**20)
    spool.recover()
    for file in (spool.keep(fresh(met, 1)), spool.keep(fresh(met, 2))):
        if file.name.startswith("000000000000"):
            file.write_bytes(b"damaged")
    server = Server(database, spooled)
    await server.back()
    assert await starts(database) == [2]
    assert server.outbox.held == Held(0, 0, 1, False)
    await server.outbox.close()


async def test_what_was_taken_back_meanwhile_does_not_land(
    database: Database, met: Sitting, spooled: Path
) -> None:
    server = Server(database, spooled)
    server.post(fresh(met, 1))
    await server.tried.wait()
    async with database.transaction() as session:
        no = Answer("transcription", False, "2026-11", "en", erases=True)
        await consents.record(session, met.participant.id, no, NOW + 60_000)
    await server.back()
    assert await starts(database) == []
    assert (server.landed, left(spooled)) == (0, [])
    await server.outbox.close()


@pytest.mark.slow
@pytest.mark.one_database
async def test_a_server_killed_with_the_database_away_loses_nothing_it_had_kept(
    database: Database, met: Sitting, tmp_path: Path
) -> None:
    """A process of its own, killed without warning; its sound is unreadable on the disk."""
    said = [fresh(met, number) for number in range(20)]
    sealed = [replace(one, audio=met.key.seal(b"a planted sentence", one.id)) for one in said]
    (tmp_path / "said.py").write_text(
        f"from visio.store.talkspurts import Fresh\nSAID = {sealed!r}"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SERVER, str(tmp_path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    assert await process.stdout.readline() == b"kept\n"
    process.send_signal(signal.SIGKILL)
    await process.wait()
    files = list((tmp_path / "spool").iterdir())
    assert len(files) == 20
    assert not any(b"planted" in file.read_bytes() for file in files)
    following = Server(database, tmp_path / "spool")
    await following.back()
    assert await starts(database) == list(range(20))
    await following.outbox.close()


_SERVER = """
import asyncio, sys
from pathlib import Path
folder = Path(sys.argv[1])
sys.path[:0] = [".", str(folder)]
from said import SAID
from sqlalchemy import make_url
from visio.outbox import Outbox
from visio.spool import Spool
from visio.store.database import Database, make_engine

async def serve():
    database = Database(make_engine(make_url("postgresql+asyncpg://nobody@/gone?host=/nowhere")))
    outbox = Outbox(database, Spool(folder / "spool", 2**20), asyncio.sleep)
    outbox.recover(print)
    for one in SAID:
        outbox.post(one, print)
    while len(list((folder / "spool").glob("*.talkspurt"))) < len(SAID):
        await asyncio.sleep(0)
    print("kept", flush=True)
    await asyncio.get_running_loop().create_future()

asyncio.run(serve())
"""
