from visio.auth.rates import Left, Rates

MINUTE = 60_000


def test_so_many_requests_a_minute_and_no_more() -> None:
    rates = Rates(2)
    assert rates.take("a", 0) == Left(2, 1, 60)
    assert rates.take("a", 1_500) == Left(2, 0, 59)
    assert rates.take("a", MINUTE - 1) == Left(2, -1, 1)


def test_the_next_minute_begins_with_the_next_request() -> None:
    rates = Rates(1)
    rates.take("a", 0)
    assert rates.take("a", MINUTE).remaining == 0
    assert rates.take("a", 2 * MINUTE - 1).remaining == -1


def test_keys_do_not_share() -> None:
    rates = Rates(1)
    assert rates.take("a", 0).remaining == rates.take("b", 0).remaining == 0


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    rates = Rates(1)
    rates.take("a", 60 * MINUTE)
    assert rates.take("a", 0).remaining == 0
