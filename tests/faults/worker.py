"""A worker that hears the same in everything, to be killed: python -m tests.faults.worker URL

All but its recogniser is the product's.
"""

import asyncio
import os
import sys

from tests.store.samples import KEYRING
from tests.transcription.test_worker import Parrot
from transcription.audio import Samples
from transcription.words import Turn
from transcription.worker import Worker
from visio.store import talkspurts
from visio.store.database import Database


async def main(url: str) -> None:
    database = await Database.open(url)
    worker = Worker(
        f"parrot-{os.getpid()}",
        database,
        KEYRING,
        Parrot(),
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


async def _nobody(_samples: Samples, _people: int | None) -> list[Turn]:
    return []


async def _silent(_meeting: str) -> None:
    pass


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
