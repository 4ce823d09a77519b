"""F6: what happens to our date when somebody moves the host's."""

import logging
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visio.clock import Clock

SECOND, HOUR = 1_000_000_000, 3_600_000_000_000


class Host:
    """Its date may be moved; what passes cannot."""

    def __init__(self) -> None:
        self.passed = 0
        self.moved = 1_700_000_000 * SECOND

    def date(self) -> int:
        return self.moved + self.passed

    def steady(self) -> int:
        return self.passed


@given(st.lists(st.tuples(st.integers(0, HOUR), st.integers(-48 * HOUR, 48 * HOUR))))
def test_it_never_goes_back_and_never_runs_away(happened: list[tuple[int, int]]) -> None:
    host = Host()
    clock = Clock(host.date, host.steady)
    read = [(clock(), 0)]
    for passes, moves in happened:
        host.moved += moves
        host.passed += passes
        read.append((clock(), host.passed))
    for (before, then), (after, now) in pairwise(read):
        passed = (now - then) / 1_000_000
        assert passed * 0.9 - 2 <= after - before <= passed * 1.1 + 2


@pytest.mark.parametrize("hours", [1, -1, 24, -24])
def test_a_clock_that_was_moved_for_a_while_was_never_followed_far(
    hours: int, caplog: pytest.LogCaptureFixture
) -> None:
    """F6: nobody is signed out, and it is told."""
    host = Host()
    clock = Clock(host.date, host.steady)
    began = clock()
    host.moved += hours * HOUR
    with caplog.at_level(logging.WARNING):
        for _ in range(60):
            host.passed += SECOND
            assert abs(clock() - began - host.passed // 1_000_000) <= 6_000
        assert abs(clock.off) > 3500
        host.moved -= hours * HOUR
        host.passed += 60 * SECOND
        assert clock() == host.date() // 1_000_000
    assert [one.message.partition(",")[0] for one in caplog.records] == [
        "this host's clock was moved",
        "this host's clock agrees with ours again",
    ]


def test_a_clock_that_drifts_is_followed_exactly() -> None:
    host = Host()
    clock = Clock(host.date, host.steady)
    for _ in range(100):
        host.passed += SECOND
        host.moved += SECOND // 2000
        assert clock() == host.date() // 1_000_000
