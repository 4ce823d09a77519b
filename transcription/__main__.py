"""`python -m transcription`: the speech worker as a process.

As a child of `visio serve` (`--child`) it is woken by lines on stdin, ends with it, and writes one
JSON object a line to stdout: {"ready": true}, {"utterances": meeting id}, {"failed": sentence},
{"trouble": sentence} while live captions fail, with an empty one when they work again.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from visio.config import Config, load, read_master_keys
from visio.errors import ConfigError

if TYPE_CHECKING:
    from transcription.audio import Samples
    from transcription.words import Turn
    from transcription.worker import Worker
    from visio.store.database import Database

Say = Callable[[dict[str, object]], None]


def main() -> None:
    """Parse, forbid the models every network, and work until told to stop."""
    parser = argparse.ArgumentParser(prog="transcription", description=__doc__)
    parser.add_argument("--child", action="store_true", help="speak the protocol of visio serve")
    parser.add_argument("--name", default=_name(), help="the name claims are made with")
    arguments = parser.parse_args()
    os.environ.update(_OFFLINE)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.nice(_NICENESS)
    say = _spoken_to_stdout() if arguments.child else _unsaid
    status = 0
    try:
        config = load()
        logging.basicConfig(level=config.log_level.upper(), format="%(name)s: %(message)s")
        asyncio.run(_serve(config, arguments.name, arguments.child, say))
    except ConfigError as error:
        say({"failed": str(error)})
        print(f"transcription: {error}", file=sys.stderr)  # noqa: T201
        status = 2
    # Not sys.exit: a model may still be busy in its thread, and nobody waits for what it finds.
    sys.stderr.flush()
    os._exit(status)


async def _serve(config: Config, name: str, child: bool, say: Say) -> None:
    from visio.store import talkspurts
    from visio.store.database import Database
    from visio.store.sealing import Keyring

    keyring = Keyring(*read_master_keys(config))
    # What is wrong with the settings is said before seconds of imports.
    from transcription.line import keep
    from transcription.recognisers.chosen import chosen
    from transcription.turns import Turns
    from transcription.weights import WeightsError
    from transcription.worker import Worker

    database = await Database.open(config.database_url)
    try:
        turns = Turns()
        recogniser, captioner = await asyncio.to_thread(
            chosen, config, turns, lambda sentence: say({"trouble": sentence})
        )
        worker = Worker(
            name=name,
            database=database,
            keyring=keyring,
            recogniser=recogniser,
            diarize=_diarize(config),
            tell=_tell(database, say),
            now=talkspurts.clock,
            turns=turns,
        )
    except WeightsError as error:
        raise ConfigError(str(error)) from error
    say({"ready": True})
    tasks = [
        asyncio.create_task(worker.run()),
        asyncio.create_task(_listen(database, worker)),
        asyncio.create_task(keep(config.live_url or config.url, keyring, captioner, _now)),
        asyncio.create_task(_until_stopped(child, worker)),
    ]
    done, running = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in running:
        task.cancel()
    await asyncio.wait(running)
    async with asyncio.timeout(_GOODBYE):
        await worker.release()
    for task in done:
        task.result()


def _diarize(config: Config) -> "Callable[[Samples, int | None], Awaitable[list[Turn]]]":
    """Who speaks when, by the pipeline of the settings; raises WeightsError."""
    from transcription import weights
    from transcription.diarization import diarize

    path = config.diarization_path
    pipeline = Path(path) if path else weights.diarization(config.data_dir / "models")
    return lambda samples, people: diarize(pipeline, samples, people)


def _now() -> int:
    """Milliseconds since 1970, by this host."""
    return time.time_ns() // 1_000_000


def _tell(database: "Database", say: Say) -> Callable[[str], Awaitable[None]]:
    async def tell(meeting_id: str) -> None:
        say({"utterances": meeting_id})
        # Only a hint, for servers that are not our parent: they also look by themselves.
        with contextlib.suppress(Exception):
            await database.notify("utterances", meeting_id)

    return tell


async def _listen(database: "Database", worker: "Worker") -> None:
    async for _ in database.listen("talkspurts"):
        worker.wake()


async def _until_stopped(child: bool, worker: "Worker") -> None:
    """Returns when the server is gone or a signal asks to stop; meanwhile a line on stdin wakes."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if child:
        os.set_blocking(sys.stdin.fileno(), False)
        loop.add_reader(sys.stdin.fileno(), _read_wakes, worker, stopped)
    await stopped.wait()


def _read_wakes(worker: "Worker", stopped: asyncio.Event) -> None:
    """However many lines have come, they wake once; the end of stdin is the server's end."""
    if os.read(sys.stdin.fileno(), 65536):
        worker.wake()
    else:
        stopped.set()


def _spoken_to_stdout() -> Say:
    """Say by lines on stdout, which from now on is ours alone: libraries print to stderr."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def say(message: dict[str, object]) -> None:
        # A parent that is gone hears nothing; its end is noticed on stdin.
        with contextlib.suppress(BrokenPipeError):
            out.write(json.dumps(message) + "\n")

    return say


def _unsaid(_message: dict[str, object]) -> None:
    """Nobody listens to a worker that was started by hand."""


def _name() -> str:
    return f"{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(4)}"


# pyannote and ONNX Runtime report their use to their makers, and models are looked up on a hub,
# unless told not to.
_OFFLINE = {
    "PYANNOTE_METRICS_ENABLED": "false",
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
# Media and browsers on the same machine come first.
_NICENESS = 10
# Seconds for giving back what is held; more delays the end when the database is away.
_GOODBYE = 3.0

if __name__ == "__main__":
    main()
