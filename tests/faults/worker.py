"""A worker that hears the same in everything: python -m tests.faults.worker URL [LEASE [stops]]

All but its recogniser is the product's, and how long it claims work for, in milliseconds. One that
`stops` stands still in its first recognition until it is sent SIGCONT.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable

from tests.store.samples import KEYRING
from tests.transcription.test_worker import Parrot
from transcription import worker as product
from transcription.audio import Samples
from transcription.words import Turn
from transcription.worker import Worker
from visio.store import talkspurts
from visio.store.database import Database


async def main(url: str, lease: str = "", stops: str = "") -> None:
    if lease:
        product.LEASE = int(lease)
    parrot = Parrot()
    if stops:
        parrot.before = stop_once(parrot)
    database = await Database.open(url)
    worker = Worker(
        f"parrot-{os.getpid()}",
        database,
        KEYRING,
        parrot,
        _nobody,
        tell=_silent,
        now=talkspurts.clock,
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        try:
            worked = await worker.transcribe_next()
        except Exception as error:
            if not talkspurts.away(error):
                raise
            worked = False
        if not worked:
            await asyncio.sleep(0.05)


def stop_once(parrot: Parrot) -> Callable[[], None]:
    """Wherever it is killed or stopped, it has claimed something and written nothing."""

    def stop() -> None:
        parrot.before = lambda: None
        os.kill(os.getpid(), signal.SIGSTOP)

    return stop


async def _nobody(_samples: Samples, _people: int | None) -> list[Turn]:
    return []


async def _silent(_meeting: str) -> None:
    pass


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
