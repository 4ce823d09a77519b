import pytest

from visio.drain import Drain


@pytest.mark.parametrize("busy", [True, False])
def test_nobody_asked(busy: bool) -> None:
    assert Drain(600).left(100, busy=busy) is None


def test_running_meetings_have_as_long_as_the_setting_says() -> None:
    asked = Drain(600).asked(100)
    assert [asked.left(now, busy=True) for now in (100, 400, 700, 1000)] == [600, 300, 0, 0]


def test_without_meetings_there_is_nothing_to_wait_for() -> None:
    assert Drain(600).asked(100).left(100, busy=False) == 0


def test_asked_again_it_waits_for_nobody() -> None:
    assert Drain(600).asked(100).asked(150).left(150, busy=True) == 0


def test_asked_to_end_at_once_it_waits_for_nobody() -> None:
    assert Drain(600).asked(100, at_once=True).left(100, busy=True) == 0


def test_a_patience_of_zero_is_no_drain() -> None:
    assert Drain(0).asked(100).left(100, busy=True) == 0
