from collections.abc import Sequence
from itertools import accumulate

import pytest

from tests.rig.measure import Sample, missed, received, recovered

SECOND = {"decoded": 30, "bytes": 50_000, "heard": 48_000, "emitted": 48_000, "buffered": 2_400}


def samples(seconds: Sequence[Sample]) -> list[Sample]:
    """A sample a second; what is told of one is what came in it."""

    def add(sums: Sample, one: Sample) -> Sample:
        height = one.get("height", sums["height"])
        counted = {name: sums[name] + one.get(name, SECOND.get(name, 0)) for name in COUNTED}
        return {**counted, "at": sums["at"] + 1000, "height": height}

    start: Sample = {**dict.fromkeys(COUNTED, 0.0), "at": 0.0, "height": 360.0}
    return list(accumulate(seconds, add, initial=start))


COUNTED = ("decoded", "frozen", "bytes", "heard", "concealed", "emitted", "buffered")


def shown(start: float, end: float, step: float = 33.0) -> list[float]:
    return [start + step * frame for frame in range(int((end - start) / step))]


def test_a_good_window() -> None:
    window = received(samples([{}] * 10), shown(0, 10_000), 0, 10_000)
    assert (window.fps, window.freeze, window.height, window.rate) == (30, 0, 360, 400)
    assert (window.conceal, window.buffer) == (0, 50)
    assert window.longest < 0.1


def test_only_what_is_between_the_two_moments_counts() -> None:
    told = samples([{"decoded": 0, "concealed": 48_000}, {}, {}, {"decoded": 0, "frozen": 1}])
    window = received(told, shown(0, 4_000), 1_000, 3_000)
    assert (window.fps, window.conceal, window.freeze) == (30, 0, 0)


def test_a_freeze_counts_while_it_lasts() -> None:
    told = samples([{}, {"decoded": 15, "frozen": 0.5}, {"decoded": 0}, {"decoded": 0}])
    window = received(told, shown(0, 2_000), 0, 4_000)
    assert window.freeze == pytest.approx((0.5 + 2.0) / 4, abs=0.02)
    assert window.longest == pytest.approx(2.0, abs=0.1)


def test_the_worst_five_seconds_of_audio_and_the_lowest_picture_are_told() -> None:
    bad = {"concealed": 2_400.0, "height": 180.0}
    window = received(samples([*[{}] * 10, bad, bad, {}, {}, {}, {}]), [], 0, 16_000)
    assert window.height == 180
    assert window.conceal == pytest.approx(4_800 / (16 * 48_000))
    assert window.worst_conceal == pytest.approx(4_800 / (5 * 48_000))


@pytest.mark.parametrize(
    ("after", "expected"), [([1.0], 1), ([0.3, 0.5, 0.89, 0.91], 4), ([0.5] * 6, 6)]
)
def test_recovery_is_nine_tenths_of_the_rate_before(after: list[float], expected: float) -> None:
    rates = [1.0] * 8 + [0.2] * 5 + after
    told = samples([{"bytes": rate * 100_000} for rate in rates])
    assert recovered(told, 8_000, 13_000, told[-1]["at"]) == expected


def test_a_goal_is_missed_above_or_below_its_bound_and_not_where_nothing_was_measured() -> None:
    good = {"conceal_10": 0.005, "fps_20": 24, "height_20": 180, "freeze_30": 0.1}
    assert missed(good) == []
    bad = {"conceal_10": 0.0051, "fps_20": 23.9, "height_20": 135}
    assert [what.split()[0] for what in missed(bad)] == list(bad)
