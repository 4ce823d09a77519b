"""Real namespaces and devices: these need root and /dev/net/tun, and say so where they are not."""

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.network import Namespace
from tests.rig.network import TREE, Link
from tests.rig.traffic import carried

pytestmark = pytest.mark.long

Ends = tuple[Link, Namespace, Namespace]


@pytest.fixture
def ends() -> Iterator[Ends]:
    with Namespace() as here, Namespace() as there, Link(here, there, 1) as link:
        yield link, here, there


def test_the_same_seed_loses_the_same_packets_on_a_link(ends: Ends) -> None:
    link, *_ = ends
    rounds = []
    for seed in (1, 1, 2):
        link.tell({"seed": seed, "ab": {"loss": 0.2}})
        rounds.append([number for number, _ in carried(*ends, count=400)])
    assert rounds[0] == rounds[1] != rounds[2]
    assert 0.14 < 1 - len(rounds[0]) / 400 < 0.26


def test_all_arrive_delayed_and_in_order(ends: Ends) -> None:
    ends[0].impair(delay=25)
    arrived = carried(*ends, count=50)
    assert [number for number, _ in arrived] == list(range(50))
    assert min(delay for _, delay in arrived) >= 0.025


def test_a_narrow_link_drops_what_would_wait_too_long(ends: Ends) -> None:
    ends[0].impair(rate=400, queue=100)
    # With its headers 1,028 bytes: 20.56 ms each, so that four or five wait when the next comes.
    arrived = carried(*ends, count=100, size=1000)
    assert [number for number, _ in arrived][:3] == [0, 1, 2]
    assert min(delay for _, delay in arrived) >= 0.0205
    # However slowly the machine sends them.
    assert len(arrived) < 90


def test_udp_can_be_blocked(ends: Ends) -> None:
    ends[0].impair(block_udp=True)
    assert carried(*ends, count=5) == []


def test_a_link_works_both_ways(ends: Ends) -> None:
    link, here, there = ends
    link.tell({"ab": {"down": True}})
    back = Backwards(link)
    assert len(carried(back, there, here, count=5)) == 5  # type: ignore[arg-type]


class Backwards:
    """The link seen from its other end."""

    def __init__(self, link: Link) -> None:
        self.addresses = link.addresses[::-1]
        self.impair = link.impair


def test_nothing_is_left_when_the_rig_is_killed() -> None:
    with ExitStack() as stack:
        rig = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", KILLED],
                cwd=TREE,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        assert rig.stdout is not None
        started = [int(process) for process in rig.stdout.readline().split()]
        alive = [os.pidfd_open(process) for process in started]
        for file in alive:
            stack.callback(os.close, file)
        rig.kill()
        for file in alive:
            assert select.select([file], [], [], 20)[0], "a process outlived the rig"
    assert len(alive) == 4


KILLED = """
import subprocess
from tests.network import Namespace
from tests.rig.network import Link

here, there = Namespace(), Namespace()
link = Link(here, there, 1)
script = "echo under way; exec sleep 1000"
inside = subprocess.Popen(here.inside("sh", "-c", script), stdout=subprocess.PIPE)
inside.stdout.readline()
print(here.process, there.process, link._process.pid, inside.pid, flush=True)
input()
"""
