"""Mutations of seeds until the time is over: what sfu/core/tests/fuzz is for Rust.

FUZZ_SECONDS says how long each target runs, FUZZ_SEED which way it goes. An input that makes a test
fail is kept in tests/fixtures/fuzz, to be committed with the fix: from then on it is tried first.
"""

import hashlib
import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

FOUND = Path(__file__).parent / "fixtures" / "fuzz"
SECONDS = float(os.environ.get("FUZZ_SECONDS", "0.5"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))


def inputs(name: str, seeds: Sequence[bytes]) -> Iterator[bytes]:
    """What was found earlier, the seeds, then their mutations."""
    known = [path.read_bytes() for path in sorted((FOUND / name).glob("*.bin"))] + list(seeds)
    yield from known
    chance = random.Random(SEED)  # noqa: S311 - repeatable on purpose
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        yield mutated(chance.choice(known), known, chance)


@contextmanager
def kept(name: str, data: bytes) -> Iterator[None]:
    """Write the input down if what is done with it fails."""
    try:
        yield
    except BaseException:
        (FOUND / name).mkdir(parents=True, exist_ok=True)
        (FOUND / name / f"found-{hashlib.sha256(data).hexdigest()[:16]}.bin").write_bytes(data)
        raise


def mutated(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """With one to eight changes; half of the pieces are whole lines, if there are lines."""
    changed = bytearray(data)
    for _ in range(1 << chance.randrange(4)):
        start, end = _piece(changed, chance)
        match chance.randrange(6):
            case 0:
                changed[start:end] = chance.randbytes(end - start)
            case 1:
                del changed[start:end]
            case 2:
                changed[start:start] = changed[start:end] * (1 << chance.randrange(6))
            case 3:
                for at in range(start, min(start + 2, end)):
                    changed[at] ^= 1 << chance.randrange(8)
            case 4:
                changed[start:end] = chance.choice(EDGES)
            case _:
                other = bytearray(chance.choice(others))
                first, last = _piece(other, chance)
                changed[start:end] = other[first:last]
    return bytes(changed[:LONGEST])


def _piece(data: bytearray, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    if chance.randrange(2):
        start = data.rfind(b"\n", 0, start) + 1
        return start, (data.find(b"\n", start) + 1 or len(data))
    return start, min(len(data), start + 1 + chance.randrange(8))


EDGES = (
    b"",
    b"0",
    b"-1",
    b"65536",
    b"4294967296",
    b" ",
    b":",
    b"\r\n",
    b"\x00",
    b"\xff" * 5,
    b"\x80",
)

LONGEST = 100_000
