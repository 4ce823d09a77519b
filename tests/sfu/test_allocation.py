from hypothesis import given
from hypothesis import strategies as st

from sfu.allocation import RAISE, Claim, allocate, demand
from sfu.router import Layer


def layers(*rates: int) -> tuple[Layer, ...]:
    return tuple(Layer(spatial, 2, rate) for spatial, rate in enumerate(rates))


CAMERA = layers(150, 500, 1700)

some_layers = st.lists(st.integers(1, 3000), min_size=1, max_size=5, unique=True).map(
    lambda rates: layers(*sorted(rates))
)
some_claims = st.lists(
    st.builds(Claim, some_layers, st.integers(1, 3), st.integers(0, 3000)), max_size=8
).map(lambda claims: dict(enumerate(claims)))
of_one_priority = some_claims.map(
    lambda claims: {key: Claim(one.layers, 1, one.held) for key, one in claims.items()}
)


def rates(given: dict[int, Layer | None]) -> dict[int, int]:
    return {key: layer.rate if layer else 0 for key, layer in given.items()}


def test_everybody_gets_the_lowest_layer_before_anybody_gets_more() -> None:
    claims = {"a": Claim(CAMERA), "b": Claim(CAMERA), "c": Claim(CAMERA)}
    assert allocate(800, claims) == {"a": CAMERA[0], "b": CAMERA[0], "c": CAMERA[0]}
    assert allocate(440, claims) == {"a": CAMERA[0], "b": CAMERA[0], "c": None}


def test_the_most_urgent_are_kept_whatever_fits() -> None:
    claims = {"camera": Claim(CAMERA), "screen": Claim(CAMERA, priority=255)}
    for kept, camera, screen in (
        (0, None, None),
        (1, None, CAMERA[0]),
        (float("inf"), CAMERA[0], CAMERA[0]),
    ):
        assert allocate(100, claims, kept) == {"camera": camera, "screen": screen}


def test_a_higher_priority_comes_first() -> None:
    claims = {"camera": Claim(CAMERA), "screen": Claim(CAMERA, priority=255)}
    assert allocate(2100, claims) == {"camera": CAMERA[0], "screen": CAMERA[2]}
    assert allocate(200, claims) == {"camera": None, "screen": CAMERA[0]}


def test_the_biggest_is_lowered_first() -> None:
    claims = {"a": Claim(CAMERA, held=1700), "b": Claim(CAMERA[:2], held=500)}
    assert allocate(1500, claims) == {"a": CAMERA[1], "b": CAMERA[1]}


def test_without_a_layer_there_is_nothing_to_give() -> None:
    assert allocate(1000, {"a": Claim(())}) == {}


@given(st.integers(0, 10_000), some_claims)
def test_it_never_takes_more_than_there_is(bandwidth: int, claims: dict[int, Claim]) -> None:
    given = allocate(bandwidth, claims)
    assert given.keys() == claims.keys()
    assert sum(rates(given).values()) <= bandwidth


@given(st.integers(0, 10_000), st.integers(0, 3000), of_one_priority)
def test_of_more_nobody_gets_less(bandwidth: int, more: int, claims: dict[int, Claim]) -> None:
    before, after = allocate(bandwidth, claims), allocate(bandwidth + more, claims)
    assert all(rates(after)[key] >= rate for key, rate in rates(before).items())


@given(st.integers(0, 10_000), some_claims)
def test_nothing_is_raised_above_the_margin(bandwidth: int, claims: dict[int, Claim]) -> None:
    fresh = {key: Claim(one.layers, one.priority) for key, one in claims.items()}
    assert sum(rates(allocate(bandwidth, fresh)).values()) <= bandwidth * RAISE


def holding(claims: dict[int, Claim], held: dict[int, int]) -> dict[int, Claim]:
    return {key: Claim(one.layers, one.priority, held[key]) for key, one in claims.items()}


@given(st.integers(100, 10_000), of_one_priority, st.lists(st.floats(1, 1.1), max_size=20))
def test_an_estimate_that_varies_a_little_does_not_flap(
    bandwidth: int, claims: dict[int, Claim], factors: list[float]
) -> None:
    """While it stays within a tenth, layers change in one direction only: up, and then stay."""
    held = rates(allocate(bandwidth, holding(claims, dict.fromkeys(claims, 0))))
    for factor in factors:
        before, held = held, rates(allocate(int(bandwidth * factor), holding(claims, held)))
        assert all(held[key] >= before[key] for key in held)


@given(some_claims)
def test_the_demand_is_what_gives_everybody_the_best(claims: dict[int, Claim]) -> None:
    fresh = {key: Claim(one.layers, one.priority) for key, one in claims.items()}
    given = allocate(demand(fresh), fresh)
    assert all(given[key] == one.layers[-1] for key, one in fresh.items())
