import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.store.samples import NOW, account, room, sitting, talkspurt
from visio.config import Config
from visio.store import talkspurts
from visio.store.database import Database
from visio.worker import Worker

# Supervising is the same on both.
pytestmark = pytest.mark.one_database

PYTHON = """\
#!{python}
# Stands in for the worker's Python: checks its packages, or speaks the worker's protocol.
import json, os, sys
from pathlib import Path

def say(**message):
    print(json.dumps(message), flush=True)

if "--child" not in sys.argv:
    sys.exit(not Path({installed!r}).exists())
name = sys.argv[sys.argv.index("--name") + 1]
{body}
"""
LIVE = """
say(ready=True)
say(utterances=name)
for line in sys.stdin:
    say(utterances="woken")
"""
Make = Callable[..., Worker]


class Told:
    """What the worker's supervisor told about utterances."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[str] = asyncio.Queue()

    def __call__(self, meeting_id: str) -> None:
        self._heard.put_nowait(meeting_id)

    async def next(self) -> str:
        return await self._heard.get()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def make(database: Database, tmp_path: Path, told: Told) -> AsyncIterator[Make]:
    """Makes a supervisor over a stand-in that runs `body`; `pauses` collects how long it waits."""
    made: list[Worker] = []

    def make(
        body: str = LIVE,
        *,
        installed: bool = True,
        install: str = "",
        pause: Callable[[float], Awaitable[None]] | None = None,
        **options: object,
    ) -> Worker:
        marker = tmp_path / "installed"
        marker.touch() if installed else marker.unlink(missing_ok=True)
        python = tmp_path / "python"
        python.write_text(PYTHON.format(python=sys.executable, installed=str(marker), body=body))
        python.chmod(0o755)
        config = Config(
            data_dir=tmp_path,
            worker_python=str(python),
            worker_install=install.format(marker=marker),
            **options,
        )

        async def never(_: float) -> None:
            await asyncio.get_running_loop().create_future()

        made.append(Worker(config, database, told, pause=pause or never))
        return made[-1]

    yield make
    for worker in made:
        await worker.stop()


class Pauses:
    """Pauses that take no time; the fifth never ends."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.fifth = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if len(self.seconds) == 5:
            self.fifth.set()
            await asyncio.get_running_loop().create_future()


async def test_without_a_worker_the_state_is_off(make: Make) -> None:
    worker = make(worker=False)
    await worker.start()
    worker.wake()
    assert worker.state.state == "off"


AUTOGROUP = Path("/proc/self/autogroup")


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="a kernel without autogroups")
async def test_a_busy_worker_comes_behind_the_meetings(make: Make) -> None:
    worker = make()
    await worker.start()
    await worker.reached("ready")
    group = AUTOGROUP.parents[1] / str(worker.pid) / AUTOGROUP.name
    assert group.read_text().endswith("nice 10\n")


async def test_a_started_worker_becomes_ready(make: Make, told: Told) -> None:
    worker = make()
    await worker.start()
    assert (await worker.reached("ready")).detail == ""
    assert (await told.next()).startswith(f"visio-{os.getpid()}-")


async def test_the_worker_is_woken_through_its_pipe(make: Make, told: Told) -> None:
    worker = make()
    await worker.start()
    await told.next()
    worker.wake()
    assert await told.next() == "woken"


async def test_stopping_ends_the_process(make: Make, told: Told) -> None:
    worker = make()
    await worker.start()
    await told.next()
    pid = worker.pid
    assert pid
    await worker.stop()
    assert worker.pid is None
    assert worker.state.state == "off"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_missing_environment_is_installed_with_progress(make: Make, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "installed.go")
    progress = r"printf 'torch  10%%\rtorch 100%%\n'; read x < {marker}.go; touch {marker}"
    worker = make(installed=False, install=progress)
    await worker.start()
    await worker.reached("installing", detail="torch 100%")
    (tmp_path / "installed.go").write_text("\n")
    await worker.reached("ready")


async def test_an_environment_that_is_there_may_be_brought_up_to_date(
    make: Make, tmp_path: Path
) -> None:
    worker = make(install="touch {marker}.asked")
    await worker.start()
    await worker.reached("ready")
    assert (tmp_path / "installed.asked").exists()


@pytest.mark.parametrize(
    ("install", "detail"),
    [
        ("echo no network; exit 3", "The installation failed (3): no network"),
        ("true", "The installation failed (0): "),
        ("", "has not the worker's packages."),
    ],
)
async def test_a_failed_installation_says_so_and_is_tried_again(
    make: Make, install: str, detail: str
) -> None:
    pauses = Pauses()
    worker = make(installed=False, install=install, pause=pauses)
    await worker.start()
    assert detail in (await worker.reached("failed")).detail
    await pauses.fifth.wait()
    assert pauses.seconds == [300] * 5


async def test_a_python_that_does_not_exist_is_no_crash(make: Make, tmp_path: Path) -> None:
    worker = make()
    (tmp_path / "python").unlink()
    await worker.start()
    assert "has not the worker's packages" in (await worker.reached("failed")).detail


async def test_a_worker_that_cannot_live_is_started_with_growing_pauses(make: Make) -> None:
    pauses = Pauses()
    worker = make("sys.exit(1)", pause=pauses)
    await worker.start()
    await pauses.fifth.wait()
    assert pauses.seconds == [0.5, 1, 2, 4, 8]
    assert worker.state.detail == "The worker ended (1) and is started again."


async def test_a_worker_says_why_it_failed(make: Make) -> None:
    worker = make("say(failed='model.bin does not have the pinned SHA-256.'); sys.exit(2)")
    await worker.start()
    state = await worker.reached("failed")
    assert state.detail == "model.bin does not have the pinned SHA-256."


async def test_nonsense_from_the_worker_is_ignored(make: Make, told: Told) -> None:
    worker = make("print('x' * 1_000_000); print('{'); print('[1]'); say(ready=1); " + LIVE.strip())
    await worker.start()
    await worker.reached("ready")
    assert (await told.next()).startswith("visio-")


@pytest.mark.parametrize(
    ("death", "attempts"), [(signal.SIGKILL, 1), (signal.SIGSEGV, 2)], ids=["killed", "crashed"]
)
async def test_what_a_dead_worker_held_is_free_at_once(
    make: Make, database: Database, told: Told, death: signal.Signals, attempts: int
) -> None:
    """Killed from outside, its talkspurt is not to blame; crashed, it may be."""
    met = await sitting(database, await room(database, await account(database)))
    async with database.transaction() as session:
        session.add(talkspurt(met))
    again = asyncio.Event()

    async def pause(_: float) -> None:
        again.set()
        await asyncio.get_running_loop().create_future()

    worker = make(pause=pause)
    await worker.start()
    name = await told.next()
    async with database.transaction() as session:
        assert await talkspurts.claim(session, name, NOW, 10**9)
    assert worker.pid
    os.kill(worker.pid, death)
    await again.wait()
    assert await told.next() == ""
    async with database.transaction() as session:
        claimed = await talkspurts.claim(session, "next", NOW, 1000)
    assert claimed
    assert claimed.attempts == attempts


async def test_the_worker_gets_the_settings_it_needs_and_no_others(
    make: Make, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISIO_PORT", "1")
    body = (
        """
settings = sorted(name for name in os.environ if name.startswith("VISIO_"))
say(utterances=os.environ["VISIO_LANGUAGE"] + " " + " ".join(settings))
"""
        + LIVE
    )
    worker = make(body, language="fr", secret_key="secret", livekit_keys={"key": "secret"})
    await worker.start()
    language, *names = (await told.next()).split()
    assert language == "fr"
    assert "VISIO_DATABASE_URL" in names
    assert "VISIO_DATA_DIR" in names
    assert not {"VISIO_PORT", "VISIO_LIVEKIT_KEYS", "VISIO_SECRET_KEY"} & set(names)
