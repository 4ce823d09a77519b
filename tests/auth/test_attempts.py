from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visio.auth.attempts import Attempts, counted_as
from visio.errors import TooManyAttempts

MINUTE = 60_000


def allowed(attempts: Attempts, key: str, now: int) -> bool:
    try:
        attempts.check(key, now)
    except TooManyAttempts:
        return False
    return True


def test_a_key_may_fail_up_to_its_limit_within_the_window() -> None:
    attempts = Attempts(2, timedelta(minutes=1))
    attempts.failed("a", 0)
    assert allowed(attempts, "a", 1)
    attempts.failed("a", 1)
    assert not allowed(attempts, "a", MINUTE - 1)
    assert allowed(attempts, "a", MINUTE)


def test_keys_do_not_count_for_each_other() -> None:
    attempts = Attempts(1, timedelta(minutes=1))
    attempts.failed("a", 0)
    assert allowed(attempts, "b", 0)


def test_a_success_takes_its_own_attempt_back_only() -> None:
    attempts = Attempts(2, timedelta(minutes=1))
    attempts.failed("a", 0)
    attempts.failed("a", 5)
    attempts.forgive("a", 5)
    assert allowed(attempts, "a", 6)
    attempts.failed("a", 6)
    assert not allowed(attempts, "a", 7)


def test_forgiving_what_was_never_counted_changes_nothing() -> None:
    attempts = Attempts(1, timedelta(minutes=1))
    attempts.forgive("a", 0)
    attempts.failed("a", 1)
    attempts.forgive("a", 0)
    with pytest.raises(TooManyAttempts):
        attempts.check("a", 2)


@given(st.lists(st.integers(0, 10 * MINUTE)).map(sorted))
def test_never_more_than_the_limit_in_any_window(times: list[int]) -> None:
    attempts = Attempts(3, timedelta(minutes=1))
    let_through = []
    for now in times:
        if allowed(attempts, "a", now):
            attempts.failed("a", now)
            let_through.append(now)
    for earlier, later in zip(let_through, let_through[3:], strict=False):
        assert later - earlier >= MINUTE


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no address", "no address"),
        ("", ""),
    ],
)
def test_who_has_a_network_counts_once(address: str, counted: str) -> None:
    assert counted_as(address) == counted
