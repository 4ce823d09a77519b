"""Diarization in a process of its own: its gigabyte goes back, and its crash is only an error."""

import asyncio
import ctypes
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from transcription.audio import Samples
from transcription.words import Turn


async def diarize(folder: Path, samples: Samples, people: int | None) -> list[Turn]:
    """Who speaks when in 16 kHz mono samples, by the pyannote pipeline in `folder`.

    Of so many `people` at most, where that is known.

    Raises whatever the pipeline raised, or BrokenProcessPool when its process died.
    """
    pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_die_with_parent)
    loop = asyncio.get_running_loop()
    try:
        turns = await loop.run_in_executor(pool, _turns, folder, samples, people)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    await asyncio.to_thread(pool.shutdown)
    return turns


def _turns(folder: Path, samples: Samples, people: int | None) -> list[Turn]:
    from transcription.speakers import Diarizer

    return Diarizer(folder).turns(samples, people)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


# From Linux's <sys/prctl.h>.
_PR_SET_PDEATHSIG = 1
