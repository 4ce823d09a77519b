"""G12: 50,000 garbage packets a second, and nobody in a call notices."""

import subprocess
import sys
import time
from itertools import count
from math import isfinite

import pytest

from sfu._core import Core  # noqa: TID251 - nothing of Python is between the sockets
from tests.sfu.test_core import PATIENCE, Client, open_core, room

RATE = 50_000
TURNS = 10
TURN = 1.0


def start_noise(core: Core, seconds: float) -> subprocess.Popen[str]:
    """From a process of its own: neither interpreter waits for the other."""
    command = [sys.executable, "-m", "tests.noise", str(core.port()), str(seconds), str(RATE)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def end_noise(noise: subprocess.Popen[str]) -> int:
    """How many datagrams it sent."""
    return int(noise.communicate()[0])


def await_count(core: Core, name: str, number: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while core.counters()[name] < number:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def await_noise(core: Core) -> None:
    before = garbage_seen(core)
    while garbage_seen(core) == before:
        time.sleep(0.01)


def latency(alice: Client, bob: Client, seq: int) -> float:
    """Seconds from the sending of a packet to its arrival; infinite for one that is lost."""
    began = time.monotonic()
    alice.send(seq)
    try:
        bob.wire.recv(2048)
    except TimeoutError:
        return float("inf")
    found = time.monotonic() - began
    time.sleep(0.002)
    return found


def garbage_seen(core: Core) -> int:
    reasons = ("not_a_protocol", "malformed_stun", "unvalidated_pair", "unknown_ufrag")
    return sum(core.counters()[f"drop_{reason}"] for reason in reasons)


@pytest.mark.slow
def test_a_call_goes_on_in_noise() -> None:
    with open_core() as core, room(core) as (alice, bob):
        await_count(core, "pairs_validated", 2)
        before = core.counters()
        bob.wire.settimeout(0.5)
        noise = start_noise(core, 0.5)
        await_noise(core)
        found = [latency(alice, bob, seq) for seq in range(1, 100)]
        assert end_noise(noise) > RATE / 4
        # A kernel without time for the engine drops some of both.
        assert sum(map(isfinite, found)) > 90
        assert isfinite(latency(alice, bob, 100))
        after = core.counters()

    assert after["pairs_lost"] == 0
    assert after["pairs_validated"] == before["pairs_validated"]
    assert after["stun_answered"] == before["stun_answered"]


@pytest.mark.long
def test_noise_does_not_double_the_latency() -> None:
    """In turns of a second, so that both see the same machine."""
    calm: list[float] = []
    noisy: list[float] = []
    with open_core() as core, room(core) as (alice, bob):
        seqs = count(1)
        bob.wire.settimeout(0.5)

        def turn() -> list[float]:
            end, found = time.monotonic() + TURN, []
            while time.monotonic() < end:
                found.append(latency(alice, bob, next(seqs)))
            return found

        seen = 0
        for _ in range(TURNS):
            calm += turn()
            noise = start_noise(core, 2 * TURN)
            await_noise(core)
            before = garbage_seen(core)
            noisy += turn()
            seen += garbage_seen(core) - before
            end_noise(noise)
    rate, both = seen / TURNS / TURN, {"calm": calm, "noisy": noisy}
    p99 = {name: sorted(found)[len(found) * 99 // 100] for name, found in both.items()}
    lost = noisy.count(float("inf"))

    assert rate > 0.9 * RATE, "a weak attack proves nothing"
    assert p99["noisy"] < 2 * p99["calm"], p99
    assert lost <= calm.count(float("inf")) + len(noisy) / 1000
