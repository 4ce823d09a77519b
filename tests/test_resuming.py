from dataclasses import dataclass

import pytest

from visio.resuming import PATIENCE, Leftovers, open_stays

HOUR = 3_600_000
NOW = 10 * HOUR


@dataclass(frozen=True)
class Left:
    slug: str
    last_known: int


@dataclass(frozen=True)
class Stay:
    identity: str
    left_at: int | None = None


def test_what_was_left_a_moment_ago_is_gone_on_with_for_a_minute() -> None:
    council = Left("council", NOW - 2_000)
    leftovers = Leftovers([council], NOW, now=5.0)
    assert leftovers.of("council") is council
    assert leftovers.of("office") is None
    assert leftovers.due(5.0 + PATIENCE - 0.1) == []
    assert leftovers.due(5.0 + PATIENCE) == [council]
    assert leftovers.of("council") is None


def test_what_somebody_came_back_to_is_never_over() -> None:
    leftovers = Leftovers([Left("council", NOW)], NOW)
    leftovers.take("council")
    assert leftovers.of("council") is None
    assert leftovers.due(PATIENCE) == []


@pytest.mark.parametrize(("age", "over"), [(HOUR, 0), (HOUR + 1, 1), (-HOUR, 0)])
def test_what_nobody_tries_to_come_back_to_any_more_is_over_at_once(age: int, over: int) -> None:
    """A clock that was set back tells nothing."""
    assert len(Leftovers([Left("council", NOW - age)], NOW).due(0.0)) == over


def test_of_two_in_one_room_the_newer_is_gone_on_with() -> None:
    old, new = Left("council", NOW - 2), Left("council", NOW - 1)
    leftovers = Leftovers([new, old], NOW)
    assert leftovers.of("council") is new
    assert leftovers.due(0.0) == [old]


def test_what_is_over_is_due_until_it_was_ended() -> None:
    """The database may be away."""
    old = Left("council", NOW - 2 * HOUR)
    leftovers = Leftovers([old], NOW)
    assert leftovers.due(0.0) == leftovers.due(1.0) == [old]
    leftovers.forget(old)
    assert leftovers.due(2.0) == []


def test_of_each_identity_the_newest_stay_goes_on_unless_it_ended() -> None:
    first, second, gone = Stay("ada"), Stay("ada"), Stay("bob", left_at=NOW)
    assert open_stays([first, second, gone]) == {"ada": second}
