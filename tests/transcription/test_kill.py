"""The worker is killed in the middle of real work, and nothing is lost and nothing doubled."""

import asyncio
import os
import shutil
import signal
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import exists, select

from tests.databases import outside_the_loop
from tests.store.samples import NOW, Sitting, account, room, sitting
from tests.transcription.conftest import ROOT
from tests.transcription.recordings import Samples, librivox, packets, read, silence, telephone
from visio.config import Config, read_master_key
from visio.cutter import RATE, Cutter, Talkspurt
from visio.store import meetings, talkspurts, utterances
from visio.store import models as rows
from visio.store.database import Database
from visio.store.models import new_id
from visio.store.sealing import MISSING, Keyring
from visio.store.talkspurts import Fresh
from visio.worker import Worker

# The smoke test kills a worker in the middle of its work, too; here at every moment.
pytestmark = [pytest.mark.speech, pytest.mark.slow, pytest.mark.long]

Line = tuple[int, int, str | None, str]


@dataclass
class Office:
    """A meeting on disk, and a real worker under a supervisor that does not pause."""

    database: Database
    met: Sitting
    worker: Worker
    told: asyncio.Event

    @classmethod
    async def open(cls, url: str, folder: Path, python: str) -> "Office":
        config = Config(data_dir=folder, database_url=url, demo=True, worker_python=python)
        database = await Database.open(url)
        keyring = Keyring(read_master_key(config))
        place = await room(database, await account(database))
        told = asyncio.Event()
        worker = Worker(config, database, lambda _: told.set(), pause=lambda _: asyncio.sleep(0))
        return cls(database, await sitting(database, place, keyring=keyring), worker, told)

    async def hear_meeting(self) -> None:
        """Write the talkspurts of a meeting that has ended."""
        for track, shared, samples in recording():
            for talkspurt in cut(samples):
                await self._write(talkspurt, track, shared)
        async with self.database.transaction() as session:
            await meetings.end(session, self.met.meeting.id, NOW)

    async def work(self, *moments: str) -> None:
        """Until the final pass is done; the worker is killed at each of these moments."""
        await self.worker.start()
        for moment in moments:
            await self.worker.reached("ready")
            await getattr(self, f"_{moment}")()
            assert self.worker.pid
            os.kill(self.worker.pid, signal.SIGKILL)
            await self.worker.reached("starting")
        while not await self._holds(rows.Meeting.final_pass == "done"):
            await self.told.wait()
            self.told.clear()
        await self.worker.stop()

    async def transcript(self) -> list[Line]:
        async with self.database.transaction() as session:
            spoken = await utterances.spoken(session, self.met.meeting.id)
        return sorted(
            (row.started_at, row.ended_at, row.voice, utterances.opened(row, self.met.key))
            for row in spoken
        )

    async def _loaded(self) -> None:
        """As soon as it can work."""

    async def _committed(self) -> None:
        self.told.clear()
        await self.told.wait()

    async def _recognising(self) -> None:
        await self._until(rows.Talkspurt.state == "claimed")

    async def _diarizing(self) -> None:
        await self._until(rows.Meeting.final_pass == "claimed")

    async def _until(self, condition: object) -> None:
        # What another process does has no event here.
        while not await self._holds(condition):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def _holds(self, condition: object) -> bool:
        async with self.database.transaction() as session:
            return bool(await session.scalar(select(exists().where(condition))))

    async def _write(self, talkspurt: Talkspurt, track: str, shared: bool) -> None:
        name = new_id()
        audio = talkspurts.pack(talkspurt.packets)
        fresh = Fresh(
            id=name,
            meeting_id=self.met.meeting.id,
            participant_id=self.met.participant.id,
            track_sid=track,
            started_at=round(talkspurt.started_at * 1000),
            duration=talkspurt.duration * 1000 // RATE,
            audio=self.met.key.seal(audio, talkspurts.audio_context(name)),
            shared=shared,
        )
        async with self.database.transaction() as session:
            await talkspurts.add(session, fresh)


def with_models(folder: Path, models: Path) -> Path:
    """A data directory whose weights are assembled already."""
    folder.mkdir(exist_ok=True)
    (folder / "models").symlink_to(models)
    return folder


@cache
def recording() -> list[tuple[str, bool, Samples]]:
    """Tracks: a reader alone, and two people on one telephone line."""
    reader = [part for _, sentence in librivox() for part in (sentence, silence(1))]
    sample = next((ROOT / ".venv-speech" / "lib").glob("python*/site-packages"))
    line = read(telephone(sample) / "sample.wav")[6 * 16_000 : 18 * 16_000]
    return [("TR_reader", False, np.concatenate(reader)), ("TR_line", True, line)]


def cut(samples: Samples) -> list[Talkspurt]:
    cutter = Cutter()
    closed = [talkspurt for packet in packets(samples) for talkspurt in cutter.push(packet)]
    return closed + cutter.flush()


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
    models: Path,
    speech_python: str,
) -> list[Line]:
    """The transcript when nobody is killed."""
    folder = with_models(tmp_path_factory.mktemp("undisturbed"), models)
    shutil.copy(sqlite_template, folder / "visio.db")
    url = f"sqlite+aiosqlite:///{folder / 'visio.db'}"

    async def run() -> list[Line]:
        office = await Office.open(url, folder, speech_python)
        await office.hear_meeting()
        await office.work()
        lines = await office.transcript()
        await office.database.close()
        return lines

    return outside_the_loop(run())


def test_an_undisturbed_meeting_has_its_lines_and_voices(undisturbed: list[Line]) -> None:
    assert len(undisturbed) >= 8
    assert {voice for *_, voice, _ in undisturbed} == {None, "S1", "S2"}
    assert all(MISSING not in text for *_, text in undisturbed)


@pytest.fixture
def data_dir(tmp_path: Path, models: Path) -> Path:
    return with_models(tmp_path / "data", models)


@pytest.mark.one_database
async def test_a_killed_worker_loses_nothing_and_doubles_nothing(
    database_url: str, data_dir: Path, speech_python: str, undisturbed: list[Line]
) -> None:
    office = await Office.open(database_url, data_dir, speech_python)
    await office.hear_meeting()
    await office.work("loaded", "recognising", "committed", "recognising", "diarizing")
    assert await office.transcript() == undisturbed
    await office.database.close()
