import pytest

from sfu.router import ASSUMED, Layer, Rates, Wish, layers_within

MEASURED: Rates = ((60, 90, 120), (200, 300, 400), (900, 1200, 1500))


@pytest.mark.parametrize(
    ("wish", "active", "rates", "expected"),
    [
        (Wish(0, 0), [0], MEASURED, [(0, 0, 60)]),
        (Wish(0, 2), [0], MEASURED, [(0, 0, 60), (0, 1, 90), (0, 2, 120)]),
        (
            Wish(2, 2),
            [0, 1, 2],
            MEASURED,
            [(0, 0, 60), (0, 1, 90), (0, 2, 120), (1, 2, 400), (2, 2, 1500)],
        ),
        # Layers that are not sent cannot be given; the lowest that is, may be above the wish.
        (Wish(2, 2), [2], ((0, 0, 0), (0, 0, 0), (900, 900, 900)), [(2, 0, 900)]),
        (Wish(0, 2), [1, 2], MEASURED, [(1, 0, 200), (1, 1, 300), (1, 2, 400)]),
        (Wish(2, 2), [], MEASURED, []),
        # Without temporal layers each rate is the same.
        (Wish(1, 2), [0, 1], ((80, 80, 80), (300, 300, 300)), [(0, 0, 80), (1, 2, 300)]),
        # A higher layer that takes less, as of a still picture, is no step up to pay for.
        (Wish(1, 2), [0, 1], ((80, 80, 80), (40, 40, 40)), [(0, 0, 80)]),
    ],
)
def test_what_can_be_given_follows_the_table(
    wish: Wish, active: list[int], rates: Rates, expected: list[tuple[int, int, int]]
) -> None:
    assert layers_within(wish, active, rates) == tuple(Layer(*layer) for layer in expected)


def test_what_is_not_measured_is_assumed() -> None:
    found = layers_within(Wish(5, 0), [0, 1, 2, 3], ((0, 0, 0), (7, 8, 9)))
    assert [layer.rate for layer in found] == [ASSUMED[0], ASSUMED[2]]
