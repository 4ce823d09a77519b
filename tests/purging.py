"""A program that purges once for each line it reads, in a child that dies where the line says.

python -m tests.purging DATABASE_URL FOLDER; a line is the time, the number of a step, 0 for none,
and the events of the engine that are steps. It answers with the signal that ended the child, or 0.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from sqlalchemy import event

from tests.callers import make_config
from visio.config import Config
from visio.retention import Retention
from visio.store import audit
from visio.store.database import Database


def main() -> None:
    config = make_config(sys.argv[1], Path(sys.argv[2]))
    for line in sys.stdin:
        now, number, *steps = line.split()
        if not (child := os.fork()):
            asyncio.run(purge(config, int(now), int(number), steps))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0}\n")
        sys.stdout.flush()


async def purge(config: Config, now: int, number: int, steps: list[str]) -> None:
    """The whole of a purge, or as much as comes before that step."""
    vars(audit)["wall_clock"] = lambda: now
    database = await Database.open(config.database_url)
    left = number

    def step(*_: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in steps:
        event.listen(database.engine.sync_engine, name, step)
    await Retention(config, database, lambda: now).purge()
    await database.close()


if __name__ == "__main__":
    main()
