"""What a link does to packets, without one."""

from itertools import groupby

import pytest

from tests.rig.impair import Direction

UDP, TCP = (bytes([0x45, *[0] * 8, protocol]) for protocol in (17, 6))


def passed(seed: str, count: int, step: float, **impairment: object) -> list[tuple[int, float]]:
    """Number and moment (s) of the packets that come out, of `count` of 1,250 bytes."""
    way = Direction(seed)
    way.change(impairment)
    for number in range(count):
        way.handle(number.to_bytes(4, "big").ljust(1250, b"."), number * step)
    out = []
    while (now := way.next_due()) < float("inf"):
        packet = way.poll(now)
        assert packet is not None
        out.append((int.from_bytes(packet[:4], "big"), now))
    return out


def times(out: list[tuple[int, float]]) -> list[float]:
    return [now for _, now in out]


def numbers(out: list[tuple[int, float]]) -> list[int]:
    return [number for number, _ in out]


def test_the_same_seed_loses_the_same_packets() -> None:
    first, again, other = (numbers(passed(seed, 2000, 0.01, loss=0.2)) for seed in "112")
    assert first == again != other
    assert 0.17 < 1 - len(first) / 2000 < 0.23


def test_what_else_happens_does_not_change_which_are_lost() -> None:
    alone = numbers(passed("1", 500, 0.01, loss=0.3))
    among = numbers(passed("1", 500, 0.01, loss=0.3, jitter=20, reorder=0.1, delay=25))
    assert sorted(among) == alone != among


def test_a_restart_repeats_what_was_lost() -> None:
    way = Direction("1")
    way.change({"loss": 0.5, "burst": (0.1, 0.3, 1.0)})
    rounds = []
    for _ in range(2):
        way.restart("7")
        for number in range(200):
            way.handle(bytes([number]), 0)
        rounds.append([way.poll(0) for _ in range(200)])
    assert rounds[0] == rounds[1]


def test_bursts_are_as_long_and_as_rare_as_their_chances_say() -> None:
    arrived = set(numbers(passed("1", 50_000, 0.01, burst=(0.02, 0.25, 1.0))))
    runs = [
        len(list(run)) for here, run in groupby(range(50_000), arrived.__contains__) if not here
    ]
    assert sum(runs) / 50_000 == pytest.approx(0.02 / 0.27, rel=0.1)
    assert sum(runs) / len(runs) == pytest.approx(4, rel=0.1)


def test_packets_are_delayed() -> None:
    assert times(passed("1", 3, 0.5, delay=25)) == pytest.approx([0.025, 0.525, 1.025])


def test_jitter_adds_half_a_normal_distribution() -> None:
    late = [now - number for number, now in passed("1", 5000, 1, jitter=30, delay=10)]
    assert min(late) >= 0.0099
    assert sum(late) / len(late) == pytest.approx(0.010 + 0.030 * 0.798, rel=0.05)


def test_some_overtake_and_some_come_twice() -> None:
    out = passed("1", 5000, 0.001, delay=50, reorder=0.02, duplicate=0.01)
    early = [number for number, now in out if now == pytest.approx(number * 0.001)]
    assert 0.01 < len(set(early)) / 5000 < 0.03
    assert 0.005 < (len(out) - 5000) / 5000 < 0.015
    assert set(numbers(out)) == set(range(5000))


def test_a_narrow_link_sends_one_after_the_other_and_drops_what_would_wait_too_long() -> None:
    # Ten milliseconds each: the 21st would wait for 200.
    out = passed("1", 50, 0, rate=1000, queue=195)
    assert times(out) == pytest.approx([0.01 * (number + 1) for number in range(20)])


def test_a_link_that_is_wide_enough_holds_nothing_back() -> None:
    out = passed("1", 50, 0.011, rate=1000)
    assert times(out) == pytest.approx([0.011 * number + 0.01 for number in range(50)])


@pytest.mark.parametrize(
    ("impairment", "arrives"),
    [({"down": True}, []), ({"block_udp": True}, [TCP]), ({}, [UDP, TCP])],
)
def test_what_is_blocked_does_not_arrive(
    impairment: dict[str, object], arrives: list[bytes]
) -> None:
    way = Direction("1")
    way.change(impairment)
    way.handle(UDP, 0)
    way.handle(TCP, 0)
    assert [packet for packet in (way.poll(0), way.poll(0)) if packet] == arrives


def test_a_change_holds_for_what_comes_after_it() -> None:
    way = Direction("1")
    way.change({"delay": 100})
    way.handle(b"first", 0)
    way.change({"delay": 10})
    way.handle(b"second", 0)
    assert [way.poll(0.01), way.poll(0.01), way.poll(0.1)] == [b"second", None, b"first"]


def test_what_a_link_cannot_do_is_refused() -> None:
    with pytest.raises(TypeError, match="lose"):
        Direction("1").change({"lose": 0.2})
